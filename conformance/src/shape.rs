//! The shape of a JSON value, as short as the tables of the specification have it.
//!
//! ```text
//! string int num bool null any cid time    kinds; `cid` is {"/": string}
//! [T]  {name: T, name?: T, *: T}  T|U      list; object: `?` may be absent, `*` other keys; either
//! ```

use serde_json::Value;

/// The deepest nesting that a shape or a value may have.
const DEPTH_MAX: usize = 64;

/// Says where a value departs from a shape.
pub fn departs(value: &Value, shape: &str) -> Option<String> {
    let mut reader = Reader { rest: shape.trim(), depth: 0 };
    let shape = match reader.either() {
        Ok(shape) if reader.rest.is_empty() => shape,
        Ok(_) | Err(()) => {
            return Some(format!("the shape itself is broken before {:?}", reader.rest));
        }
    };
    shape.departs(value, "value", 0).err()
}

#[derive(Debug)]
enum Shape {
    Kind(String),
    List(Box<Shape>),
    Object(Vec<Field>),
    Either(Vec<Shape>),
}

#[derive(Debug)]
struct Field {
    name: String,
    may_lack: bool,
    shape: Shape,
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl Reader<'_> {
    fn skip(&mut self, sign: char) -> bool {
        let rest = self.rest.trim_start().strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest).trim_start();
        rest.is_some()
    }

    fn word(&mut self) -> Result<String, ()> {
        let inside = |c: char| c.is_ascii_alphanumeric() || "_*-()".contains(c);
        let end = self.rest.find(|c| !inside(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        if word.is_empty() { Err(()) } else { Ok(word.to_owned()) }
    }

    fn either(&mut self) -> Result<Shape, ()> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(());
        }
        let mut all = vec![self.one()?];
        while self.skip('|') {
            all.push(self.one()?);
        }
        self.depth -= 1;
        Ok(if all.len() == 1 { all.remove(0) } else { Shape::Either(all) })
    }

    fn one(&mut self) -> Result<Shape, ()> {
        if self.skip('[') {
            let item = self.either()?;
            return if self.skip(']') { Ok(Shape::List(Box::new(item))) } else { Err(()) };
        }
        if !self.skip('{') {
            return Ok(Shape::Kind(self.word()?));
        }
        let mut fields = Vec::new();
        while !self.skip('}') {
            let name = self.word()?;
            let may_lack = self.skip('?');
            if !self.skip(':') {
                return Err(());
            }
            fields.push(Field { name, may_lack, shape: self.either()? });
            self.skip(',');
        }
        Ok(Shape::Object(fields))
    }
}

impl Shape {
    fn departs(&self, value: &Value, at: &str, depth: usize) -> Result<(), String> {
        if depth > DEPTH_MAX {
            return Err(format!("{at}: nested too deeply"));
        }
        match self {
            Self::Kind(kind) => match is_kind(value, kind) {
                true => Ok(()),
                false => Err(format!("{at}: wanted {kind}, got {}", short(value))),
            },
            Self::List(item) => match value {
                Value::Array(items) => items.iter().enumerate().try_for_each(|(index, value)| {
                    item.departs(value, &format!("{at}[{index}]"), depth + 1)
                }),
                other => Err(format!("{at}: wanted a list, got {}", short(other))),
            },
            Self::Object(fields) => object(fields, value, at, depth),
            Self::Either(all) => {
                let mut whys = Vec::new();
                for shape in all {
                    match shape.departs(value, at, depth + 1) {
                        Ok(()) => return Ok(()),
                        Err(why) => whys.push(why),
                    }
                }
                Err(whys.join("; or "))
            }
        }
    }
}

fn object(fields: &[Field], value: &Value, at: &str, depth: usize) -> Result<(), String> {
    let Value::Object(map) = value else {
        return Err(format!("{at}: wanted an object, got {}", short(value)));
    };
    for field in fields.iter().filter(|field| field.name != "*") {
        match map.get(&field.name) {
            Some(value) => {
                field.shape.departs(value, &format!("{at}.{}", field.name), depth + 1)?
            }
            None if field.may_lack => {}
            None => return Err(format!("{at}: lacks {}", field.name)),
        }
    }
    let others = fields.iter().find(|field| field.name == "*");
    for (key, value) in map {
        if fields.iter().any(|field| field.name == *key) {
            continue;
        }
        match others {
            Some(field) => field.shape.departs(value, &format!("{at}.{key}"), depth + 1)?,
            None => return Err(format!("{at}: has {key}, which it shouldn't")),
        }
    }
    Ok(())
}

fn is_kind(value: &Value, kind: &str) -> bool {
    match kind {
        "any" => true,
        "string" => value.is_string(),
        "int" => value.is_i64() || value.is_u64(),
        "num" => value.is_number(),
        "bool" => value.is_boolean(),
        "null" => value.is_null(),
        "time" => value.as_str().is_some_and(|text| {
            text.len() >= 20 && text.as_bytes()[10] == b'T' && text.starts_with(['0', '1', '2'])
        }),
        "cid" => match value.as_object() {
            Some(map) => map.len() == 1 && map.get("/").is_some_and(Value::is_string),
            None => false,
        },
        _ => false,
    }
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn shapes_fit() {
        let shape = "{Keys: {*: {Type: string, Name?: string}}|null, N: int, L: [cid]}";
        let value = json!({"Keys": {"x": {"Type": "a"}}, "N": 1, "L": [{"/": "b"}]});
        assert_eq!(departs(&value, shape), None);
        assert_eq!(departs(&json!({"Keys": null, "N": 1, "L": []}), shape), None);
    }

    #[test]
    fn departures_are_found() {
        let why = |value, shape| departs(&value, shape).unwrap_or_default();
        assert!(why(json!({"A": "1"}), "{A: int}").contains("value.A: wanted int"));
        assert!(why(json!({"A": 1, "B": 2}), "{A: int}").contains("has B"));
        assert!(why(json!({}), "{A: int}").contains("lacks A"));
        assert!(why(json!(null), "[int]").contains("wanted a list"));
        assert!(why(json!([1, "a"]), "[int]").contains("value[1]"));
        assert!(why(json!(1), "{A: ").contains("broken"));
    }
}
