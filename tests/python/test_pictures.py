"""Arrays of every kind, as they come, in the right colours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import vstream
from conftest import Recorder

# Flat areas, whose colours an encoder keeps.
COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (128, 128, 128), (200, 30, 90)]
SIDE = 32


def stripes(channels: int = 3) -> np.ndarray:
    """Make upright stripes of these colours, as RGB or RGBA."""
    picture = np.empty((48, SIDE * len(COLOURS), channels), np.uint8)
    picture[:, :, 3:] = 255
    for i, colour in enumerate(COLOURS):
        picture[:, i * SIDE : (i + 1) * SIDE, :3] = colour
    return picture


def ramp(dtype: Any, low: float, high: float) -> np.ndarray:
    """Make stripes of grey from `low` to `high`, in steps of a fifth."""
    steps = np.linspace(low, high, 6).astype(dtype)
    return np.tile(steps.repeat(SIDE), (48, 1))


def shown(recorder: Recorder, picture: Any, **settings: Any) -> list[tuple[int, ...]]:
    """Return the colours in the middle of each stripe of a recorded picture."""
    with vstream.FrameWriter("cam", crf=8, recording=recorder.stream, **settings) as video:
        video.write(picture, 0.0)
    (decoded,) = recorder.read()["cam"].pictures()
    return [tuple(decoded[24, SIDE // 2 + i * SIDE]) for i in range(len(COLOURS))]


def assert_near(found: list[tuple[int, ...]], expected: Any) -> None:
    assert np.abs(np.array(found, int) - np.array(expected, int)).max() <= 2, found


def test_rgb(recorder: Recorder) -> None:
    assert_near(shown(recorder, stripes()), COLOURS)


def test_every_pixel_of_any_colour_has_its_place(recorder: Recorder) -> None:
    """As exact as 4:2:0 is: blocks of one colour, beyond the width that is converted at once."""
    blocks = np.random.default_rng(0).integers(0, 256, (12, 25, 3), np.uint8)
    picture = blocks.repeat(16, axis=0).repeat(16, axis=1)
    with vstream.FrameWriter("cam", crf=1, recording=recorder.stream) as video:
        video.write(picture, 0.0)
    (decoded,) = recorder.read()["cam"].pictures()
    difference = np.abs(decoded[8::16, 8::16].astype(int) - blocks)
    assert difference.max() <= 3
    assert difference.mean() < 0.75


def test_bgr(recorder: Recorder) -> None:
    bgr = np.ascontiguousarray(stripes()[:, :, ::-1])
    assert_near(shown(recorder, bgr, order="bgr"), COLOURS)


def test_alpha_is_over_black(recorder: Recorder) -> None:
    rgba = stripes(4)
    rgba[:, -SIDE:, 3] = 0
    assert_near(shown(recorder, rgba), [*COLOURS[:-1], (0, 0, 0)])


def test_bgra(recorder: Recorder) -> None:
    assert_near(shown(recorder, stripes(4)[:, :, [2, 1, 0, 3]], order="bgr"), COLOURS)


@pytest.mark.parametrize("shape", [(48, -1), (48, -1, 1)])
def test_grey(recorder: Recorder, shape: tuple[int, ...]) -> None:
    grey = ramp(np.uint8, 0, 255)
    assert_near(shown(recorder, grey.reshape(shape)), [[i * 51] * 3 for i in range(6)])


@pytest.mark.parametrize(
    ("dtype", "low", "high", "settings"),
    [
        (np.uint16, 500, 4000, {"range": (500, 4000)}),
        (np.float32, 0, 1, {}),
        (np.float64, -3, 3, {"range": (-3, 3)}),
    ],
)
def test_a_range_becomes_black_to_white(
    recorder: Recorder, dtype: Any, low: float, high: float, settings: dict[str, Any]
) -> None:
    picture = ramp(dtype, low, high)
    assert_near(shown(recorder, picture, **settings), [[i * 51] * 3 for i in range(6)])


def test_a_range_may_be_inverted_and_what_is_beyond_it_is_cut(recorder: Recorder) -> None:
    found = shown(recorder, ramp(np.uint16, 0, 65535), range=(65535 * 4 // 5, 65535 // 5))
    assert_near(found, [[grey] * 3 for grey in (255, 255, 170, 85, 0, 0)])


def test_floats_in_colour_and_no_numbers(recorder: Recorder) -> None:
    picture = (stripes() / 255).astype(np.float32)
    picture[:, -SIDE:] = np.nan
    assert_near(shown(recorder, picture), [*COLOURS[:-1], (0, 0, 0)])


class TestStrides:
    """The same picture, however it lies in memory."""

    def test_gaps_between_rows(self, recorder: Recorder) -> None:
        wide = np.zeros((48, 400, 3), np.uint8)
        wide[:, : SIDE * len(COLOURS)] = stripes()
        assert_near(shown(recorder, wide[:, : SIDE * len(COLOURS)]), COLOURS)

    def test_negative(self, recorder: Recorder) -> None:
        backwards = np.ascontiguousarray(stripes()[::-1, ::-1])
        assert_near(shown(recorder, backwards[::-1, ::-1]), COLOURS)

    def test_reversed_components(self, recorder: Recorder) -> None:
        bgr = np.ascontiguousarray(stripes()[:, :, ::-1])
        assert_near(shown(recorder, bgr[:, :, ::-1]), COLOURS)

    def test_fortran(self, recorder: Recorder) -> None:
        assert_near(shown(recorder, np.asfortranarray(stripes())), COLOURS)

    def test_planes(self, recorder: Recorder) -> None:
        planes = np.ascontiguousarray(stripes().transpose(2, 0, 1))
        assert_near(shown(recorder, planes.transpose(1, 2, 0)), COLOURS)

    def test_floats_of_fortran(self, recorder: Recorder) -> None:
        assert_near(shown(recorder, np.asfortranarray(stripes() / 255)), COLOURS)

    def test_read_only(self, recorder: Recorder) -> None:
        picture = stripes()
        picture.flags.writeable = False
        assert_near(shown(recorder, picture), COLOURS)

    def test_one_colour_for_all(self, recorder: Recorder) -> None:
        picture = np.broadcast_to(np.uint8([200, 30, 90]), (48, SIDE * len(COLOURS), 3))
        assert_near(shown(recorder, picture), [(200, 30, 90)] * len(COLOURS))


def test_the_picture_is_copied(recorder: Recorder) -> None:
    picture = stripes()
    with vstream.FrameWriter("cam", crf=8, recording=recorder.stream) as video:
        for i in range(20):
            video.write(picture, i / 30)
        picture[:] = 0
    decoded = recorder.read()["cam"].pictures()
    assert_near([tuple(decoded[-1][24, SIDE // 2])], COLOURS[:1])


class Tensor:
    """An array that has DLPack alone, as tensors have."""

    def __init__(self, array: np.ndarray, device: int = 1) -> None:
        self.array, self.device = array, device
        self.shape, self.dtype = array.shape, array.dtype

    def __dlpack_device__(self) -> tuple[int, int]:
        return (self.device, 0)

    def __dlpack__(self, **arguments: Any) -> Any:
        assert self.device == 1, "it was to be copied to the host"
        return self.array.__dlpack__(**arguments)


def test_dlpack(recorder: Recorder) -> None:
    assert_near(shown(recorder, Tensor(stripes())), COLOURS)


def test_a_tensor_of_a_device_is_not_copied_secretly(recorder: Recorder) -> None:
    with vstream.FrameWriter("cam", recording=recorder.stream) as video:
        message = r"Tensor of shape \(48, 192, 3\) and dtype uint8 is in .* a device.*\.cpu\(\)"
        with pytest.raises(vstream.FrameError, match=message):
            video.write(Tensor(stripes(), device=2), 0.0)


def test_an_image_of_pillow(recorder: Recorder) -> None:
    image = pytest.importorskip("PIL.Image").fromarray(stripes())
    assert_near(shown(recorder, image), COLOURS)


def test_a_tensor_of_pytorch(recorder: Recorder) -> None:
    torch = pytest.importorskip("torch")
    assert_near(shown(recorder, torch.from_numpy(stripes())), COLOURS)


def test_a_tensor_with_the_colours_first_and_from_0_to_1(recorder: Recorder) -> None:
    torch = pytest.importorskip("torch")
    image = torch.from_numpy(stripes()).permute(2, 0, 1).contiguous() / 255
    assert_near(shown(recorder, image.permute(1, 2, 0)), COLOURS)


def test_tensors_that_cannot_be_read_are_errors(recorder: Recorder) -> None:
    torch = pytest.importorskip("torch")
    with vstream.FrameWriter("cam", recording=recorder.stream) as video:
        with pytest.raises(vstream.FrameError, match=r"float32.*detach"):
            video.write(torch.zeros(48, 64, 3, requires_grad=True), 0)
        with pytest.raises(vstream.FrameError, match=r"shape \(48, 64, 3\).*meta"):
            video.write(torch.zeros(48, 64, 3, device="meta"), 0)
        with pytest.raises(vstream.FrameError, match="bfloat16"):
            video.write(torch.zeros(48, 64, 3, dtype=torch.bfloat16), 0)


def test_any_buffer(recorder: Recorder) -> None:
    flat = memoryview(stripes().tobytes())
    assert_near(shown(recorder, flat.cast("B", (48, SIDE * len(COLOURS), 3))), COLOURS)


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (
            np.zeros((3, 48, 64), np.uint8),
            r"shape \(3, 48, 64\) and dtype uint8.*transpose\(1, 2, 0\)",
        ),
        (np.zeros((2, 48, 64, 3), np.uint8), r"shape \(2, 48, 64, 3\).*one by one"),
        (np.zeros((48, 64, 2), np.uint8), r"shape \(48, 64, 2\).*height × width"),
        (np.zeros(48, np.uint8), r"shape \(48,\)"),
        (np.zeros((0, 64, 3), np.uint8), r"shape \(0, 64, 3\).*1 to 16384"),
        (np.zeros((48, 64, 3), np.int32), "dtype int32.*uint8"),
        (np.zeros((48, 64, 3), np.float16), "dtype float16.*float32"),
        (np.zeros((48, 64), np.bool_), "dtype bool"),
        (np.zeros((48, 64), ">u2"), "dtype >H"),
        (np.zeros((48, 64), np.uint16), "dtype uint16.*range="),
        (np.zeros((48, 64), "datetime64[s]"), r"shape \(48, 64\) and dtype datetime64"),
        ([[0, 1], [2, 3]], "list is no array"),
        ("picture.png", "str is no array"),
        (None, "NoneType is no array"),
    ],
)
def test_what_is_no_picture_is_named(recorder: Recorder, picture: Any, message: str) -> None:
    with vstream.FrameWriter("cam", recording=recorder.stream) as video:
        with pytest.raises(vstream.FrameError, match=message) as caught:
            video.write(picture, 0.0)
        assert "cam" in caught.value.subject
        assert caught.value.kind == "frame"
        assert caught.value.remedy
        # The next one is welcome.
        video.write(stripes(), 0.0)


def test_odd_sizes_are_cropped(recorder: Recorder) -> None:
    with vstream.FrameWriter("cam", (65, 49), recording=recorder.stream) as video:
        video.write(np.zeros((49, 65, 3), np.uint8), 0.0)
    (decoded,) = recorder.read()["cam"].pictures()
    assert decoded.shape == (48, 64, 3)


def test_another_size_is_fitted_into_the_first_and_warned_of_once(recorder: Recorder) -> None:
    with vstream.FrameWriter("cam", (192, 48), recording=recorder.stream) as video:
        video.write(stripes(), 0.0)
        with pytest.warns(
            vstream.VideoWarning, match=r"\(96, 24\) are fitted into \(192, 48\)"
        ) as told:
            video.write(stripes()[::2, ::2], 0.1)
            video.write(stripes()[::2, ::2], 0.2)
        assert len(told) == 1
        assert told[0].filename == __file__
        video.write(np.zeros((48, 192), np.uint8), 0.3)
    decoded = recorder.read()["cam"].pictures()
    assert [picture.shape for picture in decoded] == [(48, 192, 3)] * 4
    assert_near([tuple(decoded[1][24, SIDE // 2])], COLOURS[:1])
    assert_near([tuple(decoded[3][24, SIDE // 2])], [(0, 0, 0)])


def test_a_first_picture_of_another_size_is_refused(recorder: Recorder) -> None:
    with vstream.FrameWriter("cam", (48, 192), recording=recorder.stream) as video:
        with pytest.raises(vstream.FrameError, match=r"192 columns and 48 rows.*\(48, 192\)"):
            video.write(stripes(), 0.0)
