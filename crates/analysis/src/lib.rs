//! Pure functions over series: detect, forecast, find causes, judge budgets.
