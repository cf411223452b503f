//! The choice of an encoder, and the options that rows of the table give.
//! That the encoders keep the contract is tested by the integration tests.

use std::collections::BTreeSet;

use super::*;
use crate::attack::always;
use crate::time::FrameRate;

const GOP: Gop = Gop { counted: 25, most: 250 };

fn row(name: &str) -> &'static EncoderRow {
    all().find(|row| row.name == name).unwrap()
}

fn value(options: &[(String, String)], key: &str) -> Option<String> {
    options.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone())
}

fn chosen(video: &VideoConfig, live: bool, works: &[&str]) -> Result<&'static str> {
    let works = |row: &'static EncoderRow| {
        works.contains(&row.name).then_some(()).ok_or_else(|| "not here".to_owned())
    };
    choose(&Wanted { video, live }, works).map(|row| row.name)
}

#[test]
fn every_h26x_row_forbids_b_frames_and_defaults_are_valid() {
    for row in all() {
        let forbids = row.codec == SampleCodec::Av1 || row.always.contains(&("bf", "0"));
        assert!(forbids, "{}", row.name);
        for preset in row.preset.iter() {
            let defaults = [preset.file, preset.live];
            assert!(defaults.iter().all(|d| preset.names.contains(d)), "{}", row.name);
        }
        for live in [false, true] {
            row.options(&VideoConfig::default(), live, GOP).unwrap();
        }
    }
}

#[test]
fn files_and_live_sources_have_their_own_defaults() {
    let row = row("libx264");
    let file = row.options(&VideoConfig::default(), false, GOP).unwrap();
    assert_eq!(row.describe(&file), "libx264 veryfast crf 23");
    assert_eq!(value(&file, "tune"), None);
    let live = row.options(&VideoConfig::default(), true, GOP).unwrap();
    assert_eq!(row.describe(&live), "libx264 ultrafast tune zerolatency crf 23");
}

#[test]
fn a_user_s_tune_replaces_only_the_default_tune() {
    let config = VideoConfig { tune: Some("ll".into()), ..VideoConfig::default() };
    let live = row("h264_nvenc").options(&config, true, GOP).unwrap();
    let tunes: Vec<_> = live.iter().filter(|(key, _)| key == "tune").collect();
    assert_eq!(tunes.iter().map(|(_, v)| v.as_str()).collect::<Vec<_>>(), ["ll"]);
    assert_eq!(value(&live, "zerolatency").as_deref(), Some("1"));
}

#[test]
fn the_description_names_preset_and_quality_or_bitrate() {
    let row = row("libsvtav1");
    let options = row.options(&VideoConfig::default(), false, GOP).unwrap();
    assert_eq!(row.describe(&options), "libsvtav1 preset 10 crf 35");
    let config = VideoConfig::default().with_bitrate(1_000_000);
    let options = row.options(&config, false, GOP).unwrap();
    assert_eq!(row.describe(&options), "libsvtav1 preset 10 bitrate 1000000");
}

#[test]
fn a_wrong_preset_names_the_right_ones() {
    let config = VideoConfig { preset: Some("veryfats".into()), ..VideoConfig::default() };
    let error = row("libx264").options(&config, false, GOP).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let hint = error.remedy().unwrap().to_string();
    assert!(hint.contains("did you mean `veryfast`?") && hint.contains("ultrafast"), "{hint}");
    assert!(row("h264_vaapi").options(&config, false, GOP).is_err());
}

#[test]
fn quality_or_bitrate_but_not_both_and_each_in_its_range() {
    let last = VideoConfig::default().with_crf(20).with_bitrate(1_000_000);
    let options = row("libx264").options(&last, false, GOP).unwrap();
    assert_eq!((value(&options, "crf"), value(&options, "b").as_deref()), (None, Some("1000000")));
    let crf = |n| VideoConfig::default().with_crf(n);
    assert!(row("libx264").options(&crf(60), false, GOP).is_err());
    assert!(row("libsvtav1").options(&crf(60), false, GOP).is_ok());
    assert!(row("libx264").options(&crf(0), false, GOP).is_err());
    assert!(row("libopenh264").options(&crf(20), false, GOP).is_err());
}

#[test]
fn encoders_without_a_quality_setting_get_a_bitrate_by_size() {
    let row = row("libopenh264");
    let options = row.options(&VideoConfig::default(), false, GOP).unwrap();
    let derived = row.derived_bitrate(&options, (1920, 1080), FrameRate::DEFAULT);
    assert_eq!(value(&derived, "b").as_deref(), Some("6220800"));
    let given = VideoConfig::default().with_bitrate(5);
    let options = row.options(&given, false, GOP).unwrap();
    assert_eq!(row.derived_bitrate(&options, (1920, 1080), FrameRate::DEFAULT), []);
}

#[test]
fn keyframes_are_forced_if_the_encoder_allows_it_and_counted_otherwise() {
    let gop = |name: &str, live, bitrate: Option<u64>| {
        let quality = bitrate.map(Quality::Bitrate);
        let config = VideoConfig { quality, ..VideoConfig::default() };
        value(&row(name).options(&config, live, GOP).unwrap(), "g").unwrap()
    };
    assert_eq!(gop("libx264", false, None), "250");
    assert_eq!(gop("librav1e", false, None), "25");
    assert_eq!(gop("libsvtav1", false, None), "250");
    assert_eq!(gop("libsvtav1", true, None), "25");
    assert_eq!(gop("libsvtav1", false, Some(1_000_000)), "25");
}

#[test]
fn software_comes_first_and_broken_encoders_are_skipped() {
    let video = VideoConfig::default();
    assert_eq!(chosen(&video, false, &["h264_nvenc", "libx264"]).unwrap(), "libx264");
    assert_eq!(chosen(&video, false, &["h264_nvenc", "libx265"]).unwrap(), "h264_nvenc");
    assert_eq!(chosen(&video, false, &["h264_nvenc", "libopenh264"]).unwrap(), "libopenh264");
    let error = chosen(&video, false, &["libx265"]).unwrap_err();
    assert_eq!(error.remedy(), Some(&Remedy::InstallFfmpeg { encoder: "libx264" }));
    let av1 = CodecChoice::Encode(SampleCodec::Av1);
    let video = VideoConfig { codec: av1, ..VideoConfig::default() };
    let both = ["libsvtav1", "libaom-av1", "librav1e"];
    assert_eq!(chosen(&video, false, &both).unwrap(), "libsvtav1");
    assert_eq!(chosen(&video, true, &both).unwrap(), "libaom-av1");
    assert_eq!(chosen(&video, true, &["librav1e"]).unwrap(), "librav1e");
}

#[test]
fn an_encoder_name_decides_the_codec_and_a_typo_gets_a_suggestion() {
    let by_name = |name: &str, codec| {
        let video = VideoConfig { encoder: Some(name.into()), codec, ..VideoConfig::default() };
        chosen(&video, false, &["libx264", "libx265", "libsvtav1"])
    };
    let (h264, h265) = (SampleCodec::H264, SampleCodec::H265);
    assert_eq!(by_name("libx265", CodecChoice::Encode(h264)).unwrap(), "libx265");
    assert_eq!(by_name("libx265", CodecChoice::Encode(h265)).unwrap(), "libx265");
    let conflict = by_name("libx264", CodecChoice::Encode(h265)).unwrap_err();
    assert!(conflict.remedy().unwrap().to_string().contains("libx265"));
    let absent = by_name("h264_nvenc", CodecChoice::Encode(h264)).unwrap_err();
    assert!(absent.to_string().contains("not here"), "{absent}");
    assert_eq!(absent.remedy(), Some(&Remedy::UseEncoder(&["libx264"])));
    let misspelt = by_name("h264_nvnec", CodecChoice::Encode(h264)).unwrap_err();
    assert!(misspelt.remedy().unwrap().to_string().contains("did you mean `h264_nvenc`"));
}

#[test]
fn the_chosen_encoder_works_and_depends_on_no_later_row() {
    let names: BTreeSet<&str> = all().map(|row| row.name).collect();
    assert_eq!(names.len(), all().count(), "two rows of one name");
    always(|random| {
        let works: Vec<&str> = all().filter(|_| random.bool()).map(|row| row.name).collect();
        let codec = *random
            .choice(&[CodecChoice::Auto, CodecChoice::Copy])
            .filter(|_| random.u8(0..4) == 0)
            .unwrap_or(&CodecChoice::Encode(
                all().nth(random.usize(0..all().count())).unwrap().codec,
            ));
        let quality = random.bool().then(|| Quality::Bitrate(random.u64(1..10_000_000)));
        let video = VideoConfig { codec, quality, ..VideoConfig::default() };
        let live = random.bool();
        let of_codec = |name: &&str| row(name).codec == encoded_codec(codec);
        let Ok(name) = chosen(&video, live, &works) else {
            return assert!(!works.iter().any(of_codec), "{works:?}");
        };
        assert!(works.contains(&name) && of_codec(&name), "{name} of {works:?}");
        let software = |name: &&str| row(name).place == Place::Software;
        let has_software = works.iter().any(|name| of_codec(name) && software(name));
        assert_eq!(software(&name), has_software, "{name} of {works:?}");
        // Without another one, the choice is the same.
        let other = works[random.usize(0..works.len())];
        let fewer: Vec<&str> =
            works.iter().copied().filter(|n| *n == name || *n != other).collect();
        assert_eq!(chosen(&video, live, &fewer).unwrap(), name);
        // By its name it is found among all.
        let video = VideoConfig { encoder: Some(name.into()), ..video };
        let everything: Vec<&str> = all().map(|row| row.name).collect();
        assert_eq!(chosen(&video, live, &everything).unwrap(), name);
    });
}

#[test]
fn no_encoder_option_is_set_twice_and_all_are_allowed() {
    let presets: Vec<&str> =
        all().flat_map(|row| &row.preset).flat_map(|p| p.names).copied().collect();
    let tunes: Vec<&str> = all().flat_map(|row| row.tunes).copied().collect();
    always(|random| {
        let row = all().nth(random.usize(0..all().count())).unwrap();
        let preset = random.bool().then(|| presets[random.usize(0..presets.len())].to_owned());
        let tune = random.bool().then(|| tunes[random.usize(0..tunes.len())].to_owned());
        let quality = match random.u8(0..3) {
            0 => None,
            1 => Some(Quality::Crf(random.u8(..))),
            _ => Some(Quality::Bitrate(random.u64(..))),
        };
        let config = VideoConfig { preset, tune, quality, ..VideoConfig::default() };
        let gop = Gop { counted: random.u32(1..), most: random.u32(1..) };
        let may = |list: &[&str], value: &Option<String>| {
            value.as_ref().is_none_or(|value| list.contains(&value.as_str()))
        };
        let allowed = may(row.preset.as_ref().map_or(&[], |p| p.names), &config.preset)
            && may(row.tunes, &config.tune)
            && match (&row.quality, quality) {
                (QualityOptions::Constant { worst, .. }, Some(Quality::Crf(n))) => {
                    (1..=*worst).contains(&n)
                }
                (QualityOptions::Bitrate, Some(Quality::Crf(_))) => false,
                _ => true,
            };
        let Ok(options) = row.options(&config, random.bool(), gop) else {
            return assert!(!allowed, "{}: {config:?}", row.name);
        };
        assert!(allowed, "{}: {config:?}", row.name);
        let keys: BTreeSet<&str> = options.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys.len(), options.len(), "{}: {options:?}", row.name);
        assert!(row.describe(&options).starts_with(row.name));
        let size = (random.u32(1..), random.u32(1..));
        let derived = row.derived_bitrate(&options, size, FrameRate::DEFAULT);
        assert!(derived.iter().all(|(key, _)| !keys.contains(key.as_str())), "{derived:?}");
    });
}
