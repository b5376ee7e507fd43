//! Spec: spec/command/config-commands.md
//!
//! What `ipfs config` and the commands below it do.

use super::auto;
use crate::error::path_error;
use crate::prelude::*;
use ipfs_data::key::{PeerId, PrivateKey};
use ipfs_data::multibase;
use ipfs_repo::config::{self, Config, Tree, diff, edit as editing, json, profile};
use ipfs_repo::disk::write_atomic;
use ipfs_repo::layout::PRIVATE_MODE;
use ipfs_repo::repo::Repo;
use serde_json::Value as Json;
use std::io::Read;
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::path::PathBuf;

/// Largest configuration that `replace` reads, in bytes.
const REPLACEMENT_BYTES_MAX: u64 = 64 << 20;

/// A key and its value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ConfigField {
    /// The key.
    pub key: String,
    /// The value as it is in the file.
    pub value: Json,
}

impl Output for ConfigField {
    const NAME: &'static str = "ConfigField";

    // spec: config-commands.get-text
    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        if request.arguments.len() == 2 {
            return Ok(());
        }
        match &self.value {
            Json::String(text) => writeln!(out, "{}", text.trim_matches('\n'))?,
            other => writeln!(out, "{}", json::indented(other))?,
        }
        Ok(())
    }
}

/// A whole configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConfigMap(pub Json);

impl Output for ConfigMap {
    const NAME: &'static str = "map";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        writeln!(out, "{}", json::indented(&json::sorted(&self.0)))?;
        Ok(())
    }
}

/// A configuration before and after a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ConfigUpdate {
    /// Before.
    pub old_cfg: Json,
    /// After.
    pub new_cfg: Json,
}

impl Output for ConfigUpdate {
    const NAME: &'static str = "ConfigUpdateOutput";

    // spec: config-commands.diff
    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        let empty = serde_json::Map::new();
        let (old, new) = (self.old_cfg.as_object(), self.new_cfg.as_object());
        let text = diff::text(old.unwrap_or(&empty), new.unwrap_or(&empty));
        Ok(out.write_all(text.as_bytes())?)
    }
}

// spec: config-commands.key
pub(super) fn key(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let key = request.argument(0).unwrap_or_default();
    if editing::is_private_key(key) {
        return Err(Error::new("cannot show or change private key through API"));
    }
    if editing::is_service_secret(key) {
        return Err(Error::new("cannot show or change pinning services credentials"));
    }
    let repo = env.repo()?;
    let expand = request.bool("expand-auto");
    if let Some(value) = request.argument(1) {
        if expand {
            return Err(Error::new(
                "--expand-auto can only be used for reading config values, not for setting them",
            ));
        }
        let _editing = repo.edit_config();
        let value = new_value(request, repo, key, value)?;
        let changed = editing::set_key(&repo.config_tree()?, key, value).map_err(|error| {
            Error::new(format!("failed to set config value: {error} (maybe use --json?)"))
        })?;
        repo.store_config(&changed)?;
    }
    let tree = repo.config_tree()?;
    let value = tree
        .get(key)
        .map_err(|error| Error::new(format!("failed to get config value: \"{error}\"")))?;
    let value = match expand {
        true => auto::expand(&repo.config(), key, value.clone()),
        false => value.clone(),
    };
    emitter.emit(&ConfigField { key: key.to_owned(), value: json::sorted(&value) })
}

fn new_value(request: &Request, repo: &Repo, key: &str, text: &str) -> Result<Json> {
    let json = || -> Result<Json> {
        serde_json::from_str(text).map_err(|error| {
            let reason = json::syntax_error(text.as_bytes());
            let reason = reason.unwrap_or_else(|| error.to_string());
            Error::new(format!("failed to unmarshal json. {reason}"))
        })
    };
    // spec: config-commands.peer-id
    if key.eq_ignore_ascii_case("identity.peerid") {
        let given = match request.bool("json").then(json) {
            Some(Ok(Json::String(inner))) => inner,
            _ => text.to_owned(),
        };
        let own = peer_id(&repo.config_tree()?)?;
        if PeerId::parse(&given).is_ok_and(|id| id == own) {
            return Ok(own.to_string().into());
        }
        return Err(Error::new(
            "cannot set Identity.PeerID to a value that does not match the node's private key; \
             use 'ipfs key rotate' to change the node identity",
        ));
    }
    if request.bool("json") {
        return json();
    }
    if request.bool("bool") {
        return Ok(Json::Bool(text == "true"));
    }
    Ok(text.into())
}

/// The peer ID that the private key gives.
fn peer_id(tree: &Tree) -> Result<PeerId> {
    let key = tree.get(editing::PRIVATE_KEY).map_err(|_| Error::new("failed to get PrivKey"))?;
    let Some(key) = key.as_str() else {
        return Err(Error::new("private key in config was not a string"));
    };
    let failed = |reason: String| Error::new(format!("failed to decode PrivKey: {reason}"));
    let (_, bytes) = multibase::decode(format!("M{key}").as_bytes())
        .map_err(|error| failed(error.to_string()))?;
    let key = PrivateKey::from_protobuf(&bytes).map_err(|error| failed(error.to_string()))?;
    Ok(key.peer_id())
}

fn config_file(request: &Request, env: &Env) -> Result<PathBuf> {
    // spec: config-commands.config-file
    let directory = env.repo_path()?;
    Ok(match request.str("config-file").filter(|name| !name.is_empty()) {
        None => directory.join("config"),
        Some(name) if name.contains('/') => PathBuf::from(name),
        Some(name) => directory.join(name),
    })
}

// spec: config-commands.show
pub(super) fn show(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let path = config_file(request, env)?;
    let text = std::fs::read(&path).map_err(|error| path_error("open", &path, &error))?;
    if let Some(reason) = json::syntax_error(&text) {
        return Err(Error::new(reason));
    }
    let mut tree = Tree::parse(&text)?;
    if request.bool("expand-auto") {
        auto::expand_all(&Config::new(&tree)?, &mut tree);
    }
    emitter.emit(&ConfigMap(json::sorted(&editing::without_secrets(&tree).to_value())))
}

// spec: config-commands.edit
pub(super) fn edit(request: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    let path = config_file(request, env)?;
    let editor = std::env::var("EDITOR").unwrap_or_default();
    let words = split_words(&editor)
        .map_err(|reason| Error::new(format!("cannot parse $EDITOR value: {reason}")))?;
    let Some((program, arguments)) = words.split_first() else {
        return Err(Error::new("ENV variable $EDITOR not set"));
    };
    let status = std::process::Command::new(program).args(arguments).arg(&path).status();
    let status = status.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Error::new(format!("exec: {program:?}: executable file not found in $PATH"))
        }
        _ => error.into(),
    })?;
    match status.code() {
        Some(0) => Ok(()),
        Some(code) => Err(Error::new(format!("exit status {code}"))),
        None => Err(Error::new("the editor was killed")),
    }
}

/// Words as a shell would split them: quotes and backslashes, nothing else.
fn split_words(text: &str) -> std::result::Result<Vec<String>, &'static str> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => {
                let next = characters.next().ok_or("No escaped character")?;
                word.get_or_insert_default().push(next);
            }
            (None, ' ' | '\t' | '\n') => words.extend(word.take()),
            (_, character) => word.get_or_insert_default().push(character),
        }
    }
    if quote.is_some() {
        return Err("No closing quotation");
    }
    words.extend(word);
    Ok(words)
}

// spec: config-commands.replace
pub(super) fn replace(request: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    let repo = env.repo()?;
    let mut text = Vec::new();
    request.take_file()?.open()?.take(REPLACEMENT_BYTES_MAX).read_to_end(&mut text)?;
    let undecodable = || Error::new("failed to decode file as config");
    let new = Tree::parse(&text).map_err(|_| undecodable())?;
    Config::new(&new).map_err(|_| undecodable())?;
    let _editing = repo.edit_config();
    let old = repo.config_tree()?;
    let own = peer_id(&old)?;
    repo.store_config(&editing::replace(&old, &new, &own.to_string())?)?;
    Ok(())
}

fn free_port() -> std::io::Result<u16> {
    let listener = TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0))
        .or_else(|_| TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)))?;
    Ok(listener.local_addr()?.port())
}

// spec: config-commands.apply
pub(super) fn apply(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let name = request.argument(0).unwrap_or_default();
    let Some(profile) = profile::find(name) else {
        return Err(Error::new(format!("{name} is not a profile")));
    };
    let repo = env.repo()?;
    let _editing = repo.edit_config();
    let old = repo.config();
    let new = profile.apply(&old, free_port)?;
    if !request.bool("dry-run") {
        back_up(repo, name)?;
        let mut tree = repo.config_tree()?;
        tree.merge(new.tree());
        repo.store_config(&tree)?;
    }
    let shown = |config: &Config| {
        let mut map = config.tree().map().clone();
        if let Some(Json::Object(identity)) = map.get_mut("Identity") {
            identity.shift_remove("PrivKey");
        }
        json::sorted(&Json::Object(map))
    };
    emitter.emit(&ConfigUpdate { old_cfg: shown(&old), new_cfg: shown(&new) })
}

// spec: config-commands.backup
fn back_up(repo: &Repo, profile: &str) -> Result<()> {
    let directory = repo.layout().directory();
    let text = repo.disk().read(repo.config_file())?;
    let mut number = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |time| time.as_nanos() as u32);
    let path = loop {
        let path = directory.join(format!("config-pre-{profile}-{number}"));
        if repo.disk().meta(&path).is_err() {
            break path;
        }
        number = number.wrapping_add(1);
    };
    write_atomic(&**repo.disk(), &path, &text, PRIVATE_MODE)?;
    Ok(())
}

/// Loads and applies changes to the typed configuration, keeping what is unknown.
pub(in crate::commands) fn merge_into_file(repo: &Repo, changed: &Tree) -> Result<()> {
    let mut tree = config::load(&**repo.disk(), repo.config_file())?;
    tree.merge(changed);
    Ok(repo.store_config(&tree)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_an_editor() {
        assert_eq!(split_words("vi").unwrap(), ["vi"]);
        assert_eq!(split_words(" a 'b c'\\ d \"e\\\"f\" ''").unwrap(), ["a", "b c d", "e\"f", ""]);
        assert!(split_words("").unwrap().is_empty());
        assert!(split_words("'x").is_err() && split_words("x\\").is_err());
    }
}
