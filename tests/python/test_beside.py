"""What `log_video` logs beside the video: sound, subtitles and chapters."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import av
import pytest
import vstream
from conftest import Recorder

SUBTITLES = (
    "1\n00:00:00,500 --> 00:00:01,000\nHello\n\n2\n00:00:01,250 --> 00:00:02,000\n<i>You</i>\n"
)
CHAPTERS = ";FFMETADATA1\n" + "".join(
    f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={start + 1000}\ntitle={title}\n"
    for start, title in ((0, "Start"), (1000, "Middle"))
)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a file with sound that begins later than its pictures, English subtitles and two chapters."""
    folder = tmp_path_factory.mktemp("film")
    subtitles, chapters, path = folder / "s.srt", folder / "chapters.txt", folder / "film.mkv"
    subtitles.write_text(SUBTITLES)
    chapters.write_text(CHAPTERS)
    command = ["ffmpeg", "-v", "error"]
    command += ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25:duration=2"]
    command += ["-itsoffset", "0.25", "-f", "lavfi", "-i", "sine=duration=1"]
    command += ["-i", str(subtitles), "-i", str(chapters), "-map", "0", "-map", "1", "-map", "2"]
    command += ["-map_chapters", "3", "-c:a", "flac", "-metadata:s:s:0", "language=eng", str(path)]
    subprocess.run(command, check=True)
    return path


def test_sound_and_text_are_logged_below_the_video(recorder: Recorder, film: Path) -> None:
    logged = vstream.log_video(film, "rear/cam", recording=recorder.stream)
    assert logged.frames == 50
    recording = recorder.read()
    assert len(recording["rear/cam"].samples) == 50
    sound = recording["rear/cam/audio"]
    assert sound.on("time") == [250_000_000]
    assert sound.cells["AssetAudio:media_type"] == [["audio/flac"]]
    with av.open(io.BytesIO(bytes(sound.cells["AssetAudio:blob"][0][0]))) as clip:
        samples = sum(frame.samples for frame in clip.decode(audio=0))
    assert samples == 44_100
    subtitles = recording["rear/cam/subtitles/eng"]
    assert subtitles.cells["TextLog:text"] == [["Hello"], ["You"]]
    assert subtitles.on("time") == [500_000_000, 1_250_000_000]
    chapters = recording["rear/cam/chapters"]
    assert chapters.cells["TextLog:text"] == [["Start"], ["Middle"]]
    assert chapters.on("time") == [0, 1_000_000_000]


def test_each_can_be_left_out(recorder: Recorder, film: Path) -> None:
    vstream.log_video(film, "cam", audio=None, text=False, recording=recorder.stream)
    assert set(recorder.read().videos) - {"/__properties"} == {"/cam"}


def test_the_sound_of_a_part_is_that_of_the_part(recorder: Recorder, film: Path) -> None:
    vstream.log_video(film, "cam", start=1, audio_codec="aac", recording=recorder.stream)
    recording = recorder.read()
    sound = recording["cam/audio"]
    assert sound.cells["AssetAudio:media_type"] == [["audio/mp4"]]
    assert sound.on("time") == [1_000_000_000]
    assert recording["cam/subtitles/eng"].cells["TextLog:text"] == [["You"]]


def test_a_wall_clock_reaches_what_is_beside(recorder: Recorder, film: Path) -> None:
    start = "2024-05-01T12:00:00Z"
    vstream.log_video(film, "cam", start_time=start, recording=recorder.stream)
    recording = recorder.read()
    for entity in ("cam", "cam/audio", "cam/subtitles/eng", "cam/chapters"):
        video = recording[entity]
        zero = 1_714_564_800_000_000_000
        assert video.on("capture_time") == [zero + time for time in video.on("time")]


def test_samples_are_the_video_alone(film: Path) -> None:
    assert len(list(vstream.samples(film))) == 50


@pytest.mark.parametrize("settings", [{"audio": "loud"}, {"audio_codec": "opus"}])
def test_what_makes_no_sense_is_an_error(
    recorder: Recorder, film: Path, settings: dict[str, str]
) -> None:
    with pytest.raises(vstream.ConfigError, match=next(iter(settings.values()))):
        vstream.log_video(film, "cam", recording=recorder.stream, **settings)
