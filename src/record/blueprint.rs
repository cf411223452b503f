//! The default view of a recording: all videos visible, panels collapsed.
//! What the user changes later is kept by the viewer.

use rerun::blueprint::components::{PanelState, PlayState};
use rerun::blueprint::{
    Blueprint, BlueprintPanel, ContainerLike, Grid, SelectionPanel, Spatial2DView, TextLogView,
    TimePanel, Vertical,
};

use crate::record::TrackSpec;

/// A view for every video: one fills the window, several form a grid. Notes take a fifth of it.
pub(crate) fn view(tracks: &[TrackSpec], live: bool) -> Blueprint {
    let view = |track: &TrackSpec| {
        let origin = format!("/{}", track.entity.trim_start_matches('/'));
        Spatial2DView::new(track.title.clone()).with_origin(origin)
    };
    let timeline = tracks.first().map_or("time", |t| &t.timeline);
    let root: ContainerLike = match tracks {
        [one] => view(one).into(),
        many => Grid::new(many.iter().map(|track| ContainerLike::from(view(track)))).into(),
    };
    let notes: Vec<&String> = tracks.iter().flat_map(|t| &t.notes).collect();
    let root = if notes.is_empty() {
        root
    } else {
        let words =
            TextLogView::new("Text").with_contents(notes.iter().map(|note| format!("+ /{note}")));
        Vertical::new([root, words.into()]).with_row_shares([4.0, 1.0]).into()
    };
    // Live video follows the newest frame; a file plays from its beginning.
    let state = if live { PlayState::Following } else { PlayState::Playing };
    // SDKs before 0.39 have no view of sound, and viewers before it would complain of one; those that have it add it.
    let sound = tracks.iter().any(|track| !track.audio.is_empty());
    Blueprint::new(root)
        .with_auto_views(sound)
        .with_time_panel(
            TimePanel::new()
                .with_timeline(timeline)
                .with_play_state(state)
                .with_state(PanelState::Collapsed),
        )
        .with_blueprint_panel(BlueprintPanel::new().with_state(PanelState::Collapsed))
        .with_selection_panel(SelectionPanel::new().with_state(PanelState::Collapsed))
}
