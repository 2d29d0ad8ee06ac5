//! Methods other than Tollgate's own, by their name on the command line.

use tollgate_methods::{Detector, Forecaster, SeasonalNaive};

use crate::args::{DetectMethod, ForecastMethod};

/// Returns another detector; `None` for Tollgate's own.
///
/// # Errors
///
/// When this program was built without the method.
#[cfg(feature = "compare")]
pub(crate) fn detector(method: DetectMethod) -> anyhow::Result<Option<Box<dyn Detector>>> {
    use tollgate_methods::{AutoArima, ByForecast, IsolationForest, Mstl, Prophet};
    const WEEK: usize = 7;
    Ok(Some(match method {
        DetectMethod::Tollgate => return Ok(None),
        DetectMethod::IsolationForest => Box::new(IsolationForest),
        DetectMethod::Mstl => Box::new(ByForecast { method: Mstl, every: WEEK }),
        DetectMethod::Prophet => Box::new(ByForecast { method: Prophet, every: WEEK }),
        DetectMethod::Arima => Box::new(ByForecast { method: AutoArima, every: 4 * WEEK }),
    }))
}

/// Returns another forecaster; `None` for Tollgate's own.
///
/// # Errors
///
/// When this program was built without the method.
#[cfg(feature = "compare")]
pub(crate) fn forecaster(method: ForecastMethod) -> anyhow::Result<Option<Box<dyn Forecaster>>> {
    use tollgate_methods::{AutoArima, Ets, Mstl, Prophet};
    Ok(Some(match method {
        ForecastMethod::Tollgate => return Ok(None),
        ForecastMethod::Naive => Box::new(SeasonalNaive),
        ForecastMethod::Ets => Box::new(Ets),
        ForecastMethod::Mstl => Box::new(Mstl),
        ForecastMethod::Prophet => Box::new(Prophet),
        ForecastMethod::Arima => Box::new(AutoArima),
    }))
}

#[cfg(not(feature = "compare"))]
pub(crate) fn detector(method: DetectMethod) -> anyhow::Result<Option<Box<dyn Detector>>> {
    match method {
        DetectMethod::Tollgate => Ok(None),
        _ => Err(crate::setup::not_built("compare", "this method")),
    }
}

#[cfg(not(feature = "compare"))]
pub(crate) fn forecaster(method: ForecastMethod) -> anyhow::Result<Option<Box<dyn Forecaster>>> {
    match method {
        ForecastMethod::Tollgate => Ok(None),
        ForecastMethod::Naive => Ok(Some(Box::new(SeasonalNaive))),
        _ => Err(crate::setup::not_built("compare", "this method")),
    }
}
