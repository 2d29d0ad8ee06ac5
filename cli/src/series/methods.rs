//! Methods other than Tollgate's own, by their name on the command line.

use tollgate_methods::{Baseline, DampedTrend, Detector, Forecaster, SeasonalAr, SeasonalNaive, Theta};

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
    if let Some(own) = own_forecaster(method) {
        return Ok(Some(own));
    }
    Ok(Some(match method {
        ForecastMethod::Ets => Box::new(Ets),
        ForecastMethod::Mstl => Box::new(Mstl),
        ForecastMethod::Prophet => Box::new(Prophet),
        ForecastMethod::Arima => Box::new(AutoArima),
        _ => return Ok(None),
    }))
}

/// The methods that need no general library.
fn own_forecaster(method: ForecastMethod) -> Option<Box<dyn Forecaster>> {
    Some(match method {
        ForecastMethod::Baseline => Box::new(Baseline),
        ForecastMethod::Naive => Box::new(SeasonalNaive),
        ForecastMethod::Theta => Box::new(Theta),
        ForecastMethod::DampedTrend => Box::new(DampedTrend),
        ForecastMethod::SeasonalAr => Box::new(SeasonalAr),
        _ => return None,
    })
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
        _ => match own_forecaster(method) {
            Some(own) => Ok(Some(own)),
            None => Err(crate::setup::not_built("compare", "this method")),
        },
    }
}
