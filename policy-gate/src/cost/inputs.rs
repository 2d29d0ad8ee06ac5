//! The prices and usage that costs are estimated with.

use tollgate_model::ExchangeRates;
use tollgate_policy::PriceSettings;
use tollgate_prices::regions::{is_region, nearest_region};
use tollgate_prices::{Book, MeasuredUse, PriceAdjustments, PriceBook, Usage};

/// The prices and usage that costs are estimated with.
#[derive(Debug)]
pub struct PriceInputs {
    /// The prices.
    pub book: PriceBook,
    /// The assumed use of resources.
    pub usage: Usage,
    /// The measured use of existing resources, from their charges.
    pub measured: MeasuredUse,
    /// The region of resources without a known one.
    pub region: Option<String>,
}

/// Why costs cannot be estimated.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {why}")]
pub struct PriceInputsError {
    /// The file that cannot be read.
    pub file: String,
    /// Why.
    pub why: String,
}

impl PriceInputs {
    /// Reads the discounts, prices and files of the policy file, over the embedded price book. `read` returns the bytes of a file
    /// beside the policy file.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or is none of its kind.
    pub fn read(
        prices: &PriceSettings,
        rates: &ExchangeRates,
        read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Result<Self, PriceInputsError> {
        let failed = |file: &str, why: String| PriceInputsError { file: file.to_owned(), why };
        if let Some(region) = prices.region.as_deref().filter(|region| !is_region(region)) {
            let hint = nearest_region(region).map_or(String::new(), |r| format!("\nhint: did you mean `{r}`?"));
            return Err(failed("prices", format!("`{region}` is no region{hint}")));
        }
        let overlay = PriceAdjustments::new(prices.discounts.clone(), &prices.own, rates)
            .map_err(|e| failed("prices", e.to_string()))?;
        let mut book = PriceBook::embedded(overlay).map_err(|e| failed("the book of this program", e.to_string()))?;
        if let Some(file) = &prices.book {
            let bytes = read(file).map_err(|why| failed(file, why))?;
            let other = Book::unpack(&bytes).map_err(|e| failed(file, e.to_string()))?;
            if other.currency() != book.currency() {
                let (is, wanted) = (other.currency(), book.currency());
                return Err(failed(file, format!("its prices are in {is}, those of this program in {wanted}")));
            }
            book.add(other);
        }
        let usage = match &prices.usage {
            None => Usage::default(),
            Some(file) => {
                let bytes = read(file).map_err(|why| failed(file, why))?;
                let text = String::from_utf8(bytes).map_err(|_| failed(file, "is not UTF-8 text".to_owned()))?;
                Usage::read(&text).map_err(|e| failed(file, e.to_string()))?
            }
        };
        Ok(Self { book, usage, measured: MeasuredUse::default(), region: prices.region.clone() })
    }

    /// Uses the embedded price book only.
    ///
    /// # Errors
    ///
    /// When the program was built with a damaged book.
    pub fn embedded(prices: &PriceSettings) -> Result<Self, PriceInputsError> {
        let alone = PriceSettings { book: None, usage: None, ..prices.clone() };
        Self::read(&alone, &ExchangeRates::default(), &mut |_| Err(String::new()))
    }
}
