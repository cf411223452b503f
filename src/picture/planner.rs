//! Decides which filters a frame goes through: to make it upright, to fit it, or both at once.
//! The filters themselves are in `filters.rs` and `fit.rs`; `normalise.rs` runs them.

use crate::config::{Size, VideoConfig};
use crate::ffi::{Geometry, has_filter};
use crate::picture::colours::PLANES;
use crate::picture::filters::{self, Chain, ContainerHints};
use crate::picture::fit::fit;

/// Builds the chain for frames of one geometry.
pub(crate) trait Planner {
    fn plan(&mut self, geometry: &Geometry) -> Chain;

    /// Whether output frames get the colour tags of the recording.
    fn finishes(&self) -> bool;
}

/// Makes frames progressive and upright, then applies the user's own filters.
pub(crate) struct Orient {
    pub hints: ContainerHints,
    pub config: VideoConfig,
}

impl Planner for Orient {
    fn plan(&mut self, geometry: &Geometry) -> Chain {
        let mut chain = filters::orient(geometry, self.hints, &self.config);
        chain.filters.extend(self.config.filter.clone());
        chain
    }

    fn finishes(&self) -> bool {
        false
    }
}

/// Gives frames the size and colours of the entity.
pub(crate) struct Fit {
    pub config: VideoConfig,
    /// The pixel format of the encoder.
    pub format: &'static str,
    pub first: Option<Size>,
}

impl Fit {
    pub fn new(config: VideoConfig, format: &'static str) -> Self {
        Self { config, format, first: None }
    }
}

impl Planner for Fit {
    fn plan(&mut self, geometry: &Geometry) -> Chain {
        let (zscale, planes) = (has_filter("zscale"), self.format == PLANES);
        let mut chain = fit(geometry, &self.config, self.first, zscale, planes);
        // The chain ends in `PLANES`; some encoders take another format.
        if self.format != PLANES {
            chain.filters.push(format!("format={}", self.format));
        }
        self.first = Some(Size { width: chain.width, height: chain.height });
        chain
    }

    fn finishes(&self) -> bool {
        true
    }
}

/// Both at once: a single graph, if the user has no filter in between.
pub(crate) struct OrientAndFit {
    pub orient: Orient,
    pub fit: Fit,
}

impl Planner for OrientAndFit {
    fn plan(&mut self, geometry: &Geometry) -> Chain {
        let upright = self.orient.plan(geometry);
        let turned = (upright.width, upright.height) != (geometry.width, geometry.height);
        let (num, den) = geometry.aspect;
        let behind = Geometry {
            width: upright.width,
            height: upright.height,
            aspect: if turned { (den, num) } else { (num, den) },
            ..geometry.clone()
        };
        let mut chain = self.fit.plan(&behind);
        chain.filters.splice(0..0, upright.filters);
        chain
    }

    fn finishes(&self) -> bool {
        true
    }
}

/// What would be done to a picture of that geometry: the chain, and the final size unless a user's filter decides it.
pub(crate) fn preview(
    geometry: &Geometry,
    hints: ContainerHints,
    config: &VideoConfig,
    format: &'static str,
) -> (Vec<String>, Option<Size>) {
    let mut geometry = geometry.clone();
    if hints.aspect.0 > 0 {
        geometry.aspect = hints.aspect;
    }
    let orient = Orient { hints, config: config.clone() };
    if config.filter.is_some() {
        let mut orient = orient;
        return (orient.plan(&geometry).filters, None);
    }
    let chain = OrientAndFit { orient, fit: Fit::new(config.clone(), format) }.plan(&geometry);
    let mut steps = chain.filters;
    steps.extend(chain.finish.map(|finish| finish.to_string()));
    (steps, Some(Size { width: chain.width, height: chain.height }))
}
