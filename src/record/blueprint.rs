//! The default view of a recording: all videos visible, panels collapsed.
//! What the user changes later is kept by the viewer.

use std::hash::{Hash, Hasher as _};

use fnv::FnvHasher;
use rerun::blueprint::components::{
    ContainerKind, IncludedContent, PanelState, PlayState, RowShare,
};
use rerun::components::Name;
use rerun::external::re_build_info::CrateVersion;
use rerun::external::re_sdk_types::blueprint::archetypes::{
    ContainerBlueprint, PanelBlueprint, TimePanelBlueprint, ViewBlueprint, ViewContents,
    ViewportBlueprint,
};
use rerun::external::re_sdk_types::blueprint::components::{
    AutoViews, QueryExpression, RootContainer, TimelineName, ViewClass,
};
use rerun::external::re_sdk_types::datatypes::{Bool, Uuid as RerunUuid};
use rerun::{RecordingStream, RecordingStreamResult};
use uuid::Uuid;

use crate::record::TrackSpec;

/// Log a view for every video into a blueprint: one fills the window, several form a grid. Notes and sound lie below
/// them, or fill the window where there is no video.
///
/// This is what `rerun::blueprint::Blueprint` logs. That has a recording stream of its own which refers to itself, so
/// each one would leave a thread behind.
pub(crate) fn log(
    blueprint: &RecordingStream,
    tracks: &[TrackSpec],
    live: bool,
) -> RecordingStreamResult<()> {
    blueprint.set_time_sequence("blueprint", 0);
    let mut videos = Vec::new();
    for track in tracks.iter().filter(|track| track.codec.is_some()) {
        let origin = format!("/{}", track.entity.trim_start_matches('/'));
        let everything = vec!["$origin/**".to_owned()];
        videos.push(view(blueprint, "2D", &track.title, &origin, everything)?);
    }
    let kind = if videos.len() == 1 { ContainerKind::Tabs } else { ContainerKind::Grid };
    let pictures = match videos.is_empty() {
        true => None,
        false => Some(container(blueprint, kind, videos, None)?),
    };
    let notes: Vec<String> = tracks
        .iter()
        .flat_map(|track| &track.notes)
        .map(|note| format!("+ /{}", note.entity))
        .collect();
    let mut parts: Vec<String> = pictures.iter().map(Container::path).collect();
    if !notes.is_empty() {
        parts.push(view(blueprint, "TextLog", "Text", "/", notes)?);
    }
    // Viewers before 0.39 have no view of sound, and complain of one. Later ones add it by themselves, but not always:
    // not where they have loaded too little of a file.
    let sounds = || tracks.iter().flat_map(|track| &track.audio);
    let newer = (CrateVersion::LOCAL.major, CrateVersion::LOCAL.minor) >= (0, 39);
    if newer {
        for sound in sounds() {
            let name = sound.entity.replace('\\', "");
            let contents = vec!["$origin/**".to_owned()];
            parts.push(view(blueprint, "Audio", &name, &format!("/{}", sound.entity), contents)?);
        }
    }
    // Below the others.
    let sound = !newer && sounds().next().is_some();
    let root = match pictures {
        Some(pictures) if !sound && parts.len() == 1 => pictures,
        pictures => {
            let first = if pictures.is_some() { 4.0 } else { 1.0 };
            let shares = std::iter::once(first).chain(std::iter::repeat(1.0));
            let shares: Vec<f32> = shares.take(parts.len()).collect();
            container(blueprint, ContainerKind::Vertical, parts, Some(&shares))?
        }
    };
    let viewport = ViewportBlueprint::new()
        .with_root_container(RootContainer(RerunUuid::from(root.0)))
        .with_auto_views(AutoViews(Bool(sound)));
    blueprint.log("viewport", &viewport)?;
    let collapsed = PanelBlueprint::new().with_state(PanelState::Collapsed);
    blueprint.log("blueprint_panel", &collapsed)?;
    blueprint.log("selection_panel", &collapsed)?;
    let timeline = tracks.first().map_or("time", |track| &track.timeline);
    // Live video follows the newest frame; a file plays from its beginning.
    let state = if live { PlayState::Following } else { PlayState::Playing };
    let time = TimePanelBlueprint::new()
        .with_state(PanelState::Collapsed)
        .with_timeline(TimelineName(timeline.into()))
        .with_play_state(state);
    blueprint.log("time_panel", &time)
}

/// Log a view. Its path in the blueprint.
fn view(
    blueprint: &RecordingStream,
    class: &str,
    name: &str,
    origin: &str,
    contents: Vec<String>,
) -> RecordingStreamResult<String> {
    let path = format!("view/{}", id((class, name, origin)));
    let contents = ViewContents::new(contents.iter().map(|q| QueryExpression(q.as_str().into())));
    blueprint.log(format!("{path}/ViewContents"), &contents)?;
    let view = ViewBlueprint::new(ViewClass(class.into()))
        .with_display_name(Name(name.into()))
        .with_space_origin(origin);
    blueprint.log(path.as_str(), &view)?;
    Ok(path)
}

/// The id of a view or container. Not a random one: Rerun keeps every path that there ever was in memory, so a program
/// would grow with each of its runs.
fn id(of: impl Hash) -> Uuid {
    let hash = |key| {
        let mut hasher = FnvHasher::with_key(key);
        of.hash(&mut hasher);
        hasher.finish()
    };
    Uuid::from_u64_pair(hash(1), hash(2))
}

struct Container(Uuid);

impl Container {
    fn path(&self) -> String {
        format!("container/{}", self.0)
    }
}

fn container(
    blueprint: &RecordingStream,
    kind: ContainerKind,
    contents: Vec<String>,
    row_shares: Option<&[f32]>,
) -> RecordingStreamResult<Container> {
    let made = Container(id((kind as u8, &contents)));
    let paths = contents.iter().map(|path| IncludedContent(path.as_str().into()));
    let mut container = ContainerBlueprint::new(kind).with_contents(paths);
    if let Some(shares) = row_shares {
        container = container.with_row_shares(shares.iter().map(|share| RowShare((*share).into())));
    }
    blueprint.log(made.path(), &container)?;
    Ok(made)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rerun::RecordingStreamBuilder;
    use rerun::log::{Chunk, LogMsg};

    use super::*;

    fn paths(entities: &[&str]) -> BTreeSet<String> {
        let (blueprint, storage) =
            RecordingStreamBuilder::new("test").blueprint().memory().unwrap();
        let tracks: Vec<_> = entities.iter().map(|entity| TrackSpec::of_video(entity)).collect();
        log(&blueprint, &tracks, false).unwrap();
        blueprint.flush_blocking().unwrap();
        let messages = storage.take().into_iter().filter_map(|message| match message {
            LogMsg::ArrowMsg(_, message) => Chunk::from_arrow_msg(&message).ok(),
            _ => None,
        });
        messages.map(|chunk| chunk.entity_path().to_string()).collect()
    }

    #[test]
    fn view_ids_depend_only_on_the_videos() {
        let views = |entities: &[&str]| {
            let paths = paths(entities).into_iter();
            paths.filter(|path| path.ends_with("ViewContents")).collect::<BTreeSet<_>>()
        };
        let two = ["left", "right"];
        assert_eq!(paths(&two), paths(&two));
        assert_eq!(views(&two).len(), 2);
        assert!(views(&two).is_superset(&views(&["left"])));
        assert!(views(&["left"]).is_disjoint(&views(&["right"])));
    }
}
