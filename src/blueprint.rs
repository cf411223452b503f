//! The default view: the videos at once, nothing else in the way.
//! It is a suggestion; a viewer's own changes win.

use rerun::blueprint::components::{PanelState, PlayState};
use rerun::blueprint::{
    Blueprint, BlueprintPanel, ContainerLike, Grid, SelectionPanel, Spatial2DView, TextLogView,
    TimePanel, Vertical,
};

/// A view for every entity: one fills the window, several form a grid. Words beside them get a fifth of it.
pub(crate) fn default_view(
    entities: &[String],
    notes: &[String],
    timeline: &str,
    live: bool,
) -> Blueprint {
    let view = |entity: &String| {
        let name = entity.trim_start_matches('/').replace('\\', "");
        Spatial2DView::new(name).with_origin(format!("/{}", entity.trim_start_matches('/')))
    };
    let root: ContainerLike = match entities {
        [one] => view(one).into(),
        many => Grid::new(many.iter().map(|e| ContainerLike::from(view(e)))).into(),
    };
    let root = if notes.is_empty() {
        root
    } else {
        let words =
            TextLogView::new("Text").with_contents(notes.iter().map(|note| format!("+ /{note}")));
        Vertical::new([root, words.into()]).with_row_shares([4.0, 1.0]).into()
    };
    // A live picture is watched as it comes; a file plays from its beginning.
    let state = if live { PlayState::Following } else { PlayState::Playing };
    Blueprint::new(root)
        .with_auto_views(false)
        .with_time_panel(
            TimePanel::new()
                .with_timeline(timeline)
                .with_play_state(state)
                .with_state(PanelState::Collapsed),
        )
        .with_blueprint_panel(BlueprintPanel::new().with_state(PanelState::Collapsed))
        .with_selection_panel(SelectionPanel::new().with_state(PanelState::Collapsed))
}
