//! State behind one Table port.
