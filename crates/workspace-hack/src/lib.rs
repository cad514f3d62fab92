//! Nothing: this crate has dependencies alone, so that every build has the same features of them.
