//! The last points of a series, free of season, beside the level that each was compared with.

use serde::{Deserialize, Serialize};

use super::month::narrow;

/// Why a point did not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Mark {
    Fits,
    /// By itself.
    Alone,
    /// Together with points before it.
    Together,
}

/// A ring of the last points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Recent {
    free: Vec<f32>,
    level: Vec<f32>,
    mark: Vec<Mark>,
    /// Points ever pushed.
    count: u32,
}

impl Recent {
    pub(super) fn new(keep: usize) -> Self {
        Self { free: vec![0.0; keep], level: vec![0.0; keep], mark: vec![Mark::Fits; keep], count: 0 }
    }

    pub(super) fn len(&self) -> usize {
        (self.count as usize).min(self.free.len())
    }

    pub(super) fn push(&mut self, free: f64, level: f64, mark: Mark) {
        let at = self.count as usize % self.free.len();
        (self.free[at], self.level[at], self.mark[at]) = (narrow(free), narrow(level), mark);
        self.count = self.count.wrapping_add(1);
    }

    fn at(&self, back: usize) -> usize {
        (self.count as usize + self.free.len() - 1 - back) % self.free.len()
    }

    /// The point so many points ago, free of season; zero is the last one.
    pub(super) fn free(&self, back: usize) -> f64 {
        f64::from(self.free[self.at(back)])
    }

    /// The level that it was compared with.
    pub(super) fn level(&self, back: usize) -> f64 {
        f64::from(self.level[self.at(back)])
    }

    pub(super) fn mark(&self, back: usize) -> Mark {
        self.mark[self.at(back)]
    }

    pub(super) fn set_mark(&mut self, mark: Mark) {
        let at = self.at(0);
        self.mark[at] = mark;
    }

    /// Days that did not fit and are over no longer count: they are taken for the level of their time.
    pub(super) fn forgive(&mut self, within: usize) {
        for back in 1..within.min(self.len()) {
            let at = self.at(back);
            if self.mark[at] != Mark::Fits {
                self.free[at] = self.level[at];
                self.mark[at] = Mark::Fits;
            }
        }
    }

    /// The level moved: from now on every point is compared with the new one, and those before the last `run` move along.
    pub(super) fn adopt(&mut self, level: f64, moved: f64, run: usize) {
        for back in 0..self.free.len() {
            let at = self.at(back);
            self.level[at] = narrow(level);
            if back >= run {
                self.free[at] += narrow(moved);
            }
        }
    }
}
