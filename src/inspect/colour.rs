//! Names of colours and rotations: what the numbers of ITU-T H.273 and of a display matrix mean.
//! Pure; how a picture is converted is decided in `picture::fit`.

/// FFmpeg's name of a matrix (H.273, table 4); `None` where it is not given.
pub(super) fn matrix(number: i32) -> Option<&'static str> {
    Some(match number {
        0 => "gbr",
        1 => "bt709",
        4 => "fcc",
        5 => "bt470bg",
        6 => "smpte170m",
        7 => "smpte240m",
        8 => "ycgco",
        9 => "bt2020nc",
        10 => "bt2020c",
        14 => "ictcp",
        _ => return None,
    })
}

/// FFmpeg's name of primaries (H.273, table 2); `None` where they are not given.
pub(super) fn primaries(number: i32) -> Option<&'static str> {
    Some(match number {
        1 => "bt709",
        4 => "bt470m",
        5 => "bt470bg",
        6 => "smpte170m",
        7 => "smpte240m",
        8 => "film",
        9 => "bt2020",
        10 => "smpte428",
        11 => "smpte431",
        12 => "smpte432",
        22 => "ebu3213",
        _ => return None,
    })
}

/// FFmpeg's name of a transfer function (H.273, table 3); `None` where it is not given.
pub(super) fn transfer(number: i32) -> Option<&'static str> {
    Some(match number {
        1 => "bt709",
        4 => "gamma22",
        5 => "gamma28",
        6 => "smpte170m",
        7 => "smpte240m",
        8 => "linear",
        11 => "iec61966-2-4",
        13 => "iec61966-2-1",
        14 => "bt2020-10",
        15 => "bt2020-12",
        16 => "smpte2084",
        17 => "smpte428",
        18 => "arib-std-b67",
        _ => return None,
    })
}
