//! Spec: spec/command/swarm-command.md
//!
//! `ipfs swarm filters`: changes hold at once and stay in the configuration.

use super::Strings;
use crate::commands::config::merge_into_file;
use crate::network;
use crate::prelude::*;
use ipfs_node::swarm::Filter;
use serde_json::Value;

const KEY: &str = "Swarm.AddrFilters";

// spec: swarm-command.filters
pub(super) fn list(_: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let filters = network::command(env)?.swarm().filters();
    let strings: Vec<String> = filters.iter().map(ToString::to_string).collect();
    emitter.emit(&Strings { strings: Some(strings).filter(|all| !all.is_empty()) })
}

fn given(request: &Request) -> Result<Vec<(String, Filter)>> {
    let mut given: Vec<(String, Filter)> = Vec::new();
    for text in request.all_arguments() {
        let text = text?;
        let filter = text.parse().map_err(|error| Error::new(format!("{error}")))?;
        if given.iter().all(|(known, _)| *known != text) {
            given.push((text, filter));
        }
    }
    Ok(given)
}

fn store(env: &Env, filters: Option<Vec<String>>) -> Result<()> {
    let repo = env.node()?;
    let mut tree = repo.config().tree().clone();
    tree.set(KEY, filters.map_or(Value::Null, Value::from))?;
    merge_into_file(repo, &tree)
}

// spec: swarm-command.filters-add
pub(super) fn add(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let swarm = network::command(env)?.swarm();
    let given = given(request)?;
    let repo = env.node()?;
    let _editing = repo.edit_config();
    for (text, filter) in &given {
        if !swarm.add_filter(*filter) {
            let most = ipfs_node::swarm::FILTERS_MAX;
            return Err(Error::new(format!("filter {text}: there are {most} already, the most")));
        }
    }
    let added: Vec<String> = given.into_iter().map(|(text, _)| text).collect();
    let mut all = added.clone();
    for old in repo.config().texts(KEY) {
        if !all.contains(&old) {
            all.push(old);
        }
    }
    store(env, Some(all))?;
    emitter.emit(&Strings { strings: Some(added) })
}

// spec: swarm-command.filters-rm
pub(super) fn remove(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let swarm = network::command(env)?.swarm();
    let repo = env.node()?;
    if matches!(request.argument(0), Some("all" | "*")) {
        let _editing = repo.edit_config();
        for filter in swarm.filters() {
            swarm.remove_filter(&filter);
        }
        let had = repo.config().value(KEY).is_some_and(Value::is_array);
        let removed = repo.config().texts(KEY);
        store(env, None)?;
        return emitter.emit(&Strings { strings: Some(removed).filter(|_| had) });
    }
    let given = given(request)?;
    let _editing = repo.edit_config();
    for (_, filter) in &given {
        swarm.remove_filter(filter);
    }
    let gone = |text: &String| given.iter().any(|(given, _)| given == text);
    let (removed, kept) = repo.config().texts(KEY).into_iter().partition(gone);
    store(env, Some(kept))?;
    emitter.emit(&Strings { strings: Some(removed) })
}
