//! The terminals of a run, opened as they are needed.

use std::{collections::BTreeMap, path::PathBuf};

use super::traffic::Listener;
use crate::{failure::Failure, terminal::Terminal};

/// The one in which is typed what names no other.
pub(super) const FIRST: u32 = 1;

pub(super) struct Terminals {
    folder: PathBuf,
    kubeconfig: Option<PathBuf>,
    listener: Listener,
    open: BTreeMap<u32, Terminal>,
}

impl Terminals {
    pub(super) fn new(folder: PathBuf, kubeconfig: Option<PathBuf>, listener: Listener) -> Self {
        Self { folder, kubeconfig, listener, open: BTreeMap::new() }
    }

    pub(super) fn open(&mut self, number: u32) -> Result<&mut Terminal, Failure> {
        if !self.open.contains_key(&number) {
            let listener = self.listener.clone();
            let hear = move |line: &str| listener.hear(number, line);
            let terminal = Terminal::open(&self.folder, self.kubeconfig.as_deref(), hear)?;
            self.open.insert(number, terminal);
        }
        Ok(self.open.get_mut(&number).expect("it is open now"))
    }

    pub(super) fn get(&self, number: u32) -> Option<&Terminal> {
        self.open.get(&number)
    }

    /// Ends what still runs in any of them.
    pub(super) fn close_all(&mut self) {
        self.open.clear();
    }

    /// Ends what still runs in it.
    pub(super) fn close(&mut self, number: u32) {
        self.open.remove(&number);
    }
}
