//! Spec: spec/node/README.md
