//! The filters that rotate a picture upright: display matrices, interpreted as by the `ffmpeg` command.
//! Pure; it only knows the names of FFmpeg's filters.

/// The filters that undo `matrix`, and whether they swap width and height.
pub(crate) fn upright(matrix: &[i32; 9]) -> (Vec<String>, bool) {
    let filters = |names: &[&str]| names.iter().map(|&n| n.to_owned()).collect();
    let degrees = clockwise_degrees(matrix);
    let close_to = |angle: f64| (degrees - angle).abs() < 1.0;
    if close_to(90.0) {
        (filters(&[if matrix[3] > 0 { "transpose=cclock_flip" } else { "transpose=clock" }]), true)
    } else if close_to(180.0) {
        let mut chain = Vec::new();
        if matrix[0] < 0 {
            chain.push("hflip".to_owned());
        }
        if matrix[4] < 0 {
            chain.push("vflip".to_owned());
        }
        (chain, false)
    } else if close_to(270.0) {
        (filters(&[if matrix[3] < 0 { "transpose=clock_flip" } else { "transpose=cclock" }]), true)
    } else if degrees.abs() > 1.0 {
        (vec![format!("rotate={degrees}*PI/180")], false)
    } else if matrix[4] < 0 {
        (filters(&["vflip"]), false)
    } else {
        (Vec::new(), false)
    }
}

/// `av_display_rotation_get`, negated and brought into 0..360 as `get_rotation` of FFmpeg's command does.
fn clockwise_degrees(matrix: &[i32; 9]) -> f64 {
    let fixed = |i: usize| f64::from(matrix[i]) / 65536.0;
    let (a, b, c, d) = (fixed(0), fixed(1), fixed(3), fixed(4));
    let (scale_x, scale_y) = (a.hypot(c), b.hypot(d));
    if scale_x == 0.0 || scale_y == 0.0 {
        return 0.0;
    }
    let theta = (b / scale_y).atan2(a / scale_x).to_degrees().round();
    theta - 360.0 * (theta / 360.0 + 0.9 / 360.0).floor()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filters(a: i32, b: i32, c: i32, d: i32) -> (String, bool) {
        let one = 65536;
        let matrix = [a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30];
        let (chain, swapped) = upright(&matrix);
        (chain.join(","), swapped)
    }

    #[test]
    fn all_eight_orientations() {
        assert_eq!(filters(1, 0, 0, 1), (String::new(), false));
        assert_eq!(filters(-1, 0, 0, 1), ("hflip".into(), false));
        assert_eq!(filters(1, 0, 0, -1), ("vflip".into(), false));
        assert_eq!(filters(-1, 0, 0, -1), ("hflip,vflip".into(), false));
        assert_eq!(filters(0, 1, -1, 0), ("transpose=clock".into(), true));
        assert_eq!(filters(0, -1, 1, 0), ("transpose=cclock".into(), true));
        assert_eq!(filters(0, 1, 1, 0), ("transpose=cclock_flip".into(), true));
        assert_eq!(filters(0, -1, -1, 0), ("transpose=clock_flip".into(), true));
    }

    #[test]
    fn an_invalid_orientation_is_ignored() {
        assert_eq!(filters(0, 0, 0, 0), (String::new(), false));
    }
}
