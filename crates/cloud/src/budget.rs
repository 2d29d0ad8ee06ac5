//! The budget of calls: each call is counted, up to a limit.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tollgate_model::AccountRegion;

use crate::CloudError;

/// The calls of a run, by operation, and their limit.
#[derive(Debug)]
pub struct CallBudget {
    limit: u64,
    made: Mutex<BTreeMap<String, u64>>,
}

impl CallBudget {
    /// Creates a budget of `limit` calls.
    pub fn new(limit: u64) -> Self {
        Self { limit, made: Mutex::default() }
    }

    /// Counts a call before it is made.
    ///
    /// # Errors
    ///
    /// [`CloudError::Budget`] when the limit is reached.
    pub fn count(&self, operation: &str, place: &AccountRegion) -> Result<(), CloudError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.values().sum::<u64>() >= self.limit {
            return Err(CloudError::Budget {
                operation: operation.to_owned(),
                place: place.clone(),
                limit: self.limit,
            });
        }
        *made.entry(operation.to_owned()).or_default() += 1;
        Ok(())
    }

    /// The calls made so far, by operation.
    pub fn made(&self) -> BTreeMap<String, u64> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_after_the_last_is_refused() {
        let budget = CallBudget::new(2);
        let place = AccountRegion::default();
        assert!(budget.count("ec2:DescribeVolumes", &place).is_ok());
        assert!(budget.count("ec2:DescribeVolumes", &place).is_ok());
        let error = budget.count("ec2:DescribeAddresses", &place).unwrap_err();
        assert!(
            !error.retryable() && error.to_string().contains("the limit of 2 calls in a run is reached"),
            "{error}"
        );
        assert_eq!(budget.made(), BTreeMap::from([("ec2:DescribeVolumes".to_owned(), 2)]));
    }
}
