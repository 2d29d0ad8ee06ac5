//! End-to-end tests over real parts. The tests are in `e2e/`, the acceptance scenarios in `acceptance/`.
