//! An answer together with what was asked, so that a failed check says both.

use crate::case::{Check, Stop, failed};
use crate::encode::{Car, read_car};
use crate::http::{Answer, Request, Server};

/// Characters of a body, a target or a header that a message shows.
const SHOWN_MAX: usize = 160;

/// An answer of a gateway.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The answer.
    pub answer: Answer,
    asked: String,
}

impl Reply {
    /// Asks a server.
    pub fn to(server: &Server, request: &Request) -> Check<Self> {
        let asked = line(request);
        match server.send(request) {
            Ok(answer) => Ok(Self { answer, asked }),
            Err(Stop::Failed(why)) => failed(format!("{asked}: {why}")),
            Err(stop) => Err(stop),
        }
    }

    /// An answer that came on a connection.
    pub fn of(answer: Answer, asked: &str) -> Self {
        Self { answer, asked: shorten(asked) }
    }

    /// A failure that says what was asked.
    pub fn fail<T>(&self, why: &str) -> Check<T> {
        failed(format!("{}: {why}", self.asked))
    }

    /// The status has to be this.
    pub fn status(&self, wanted: u16) -> Check<&Self> {
        self.status_in(&[wanted])
    }

    /// The status has to be one of these.
    pub fn status_in(&self, wanted: &[u16]) -> Check<&Self> {
        if wanted.contains(&self.answer.status) {
            return Ok(self);
        }
        let body = shorten(&self.answer.text());
        self.fail(&format!("status {}, wanted {wanted:?}; body {body:?}", self.answer.status))
    }

    /// The status has to tell an error, of the client's or the server's.
    pub fn is_error(&self) -> Check<&Self> {
        if (400..600).contains(&self.answer.status) {
            return Ok(self);
        }
        self.fail(&format!("status {}, wanted an error", self.answer.status))
    }

    /// The value of a header that has to be there exactly once.
    pub fn header<'a>(&'a self, name: &'a str) -> Check<&'a str> {
        let mut all = self.answer.headers.all(name);
        match (all.next(), all.next()) {
            (Some(value), None) => Ok(value),
            (None, _) => self.fail(&format!("no header {name}")),
            (Some(_), Some(_)) => self.fail(&format!("more than one header {name}")),
        }
    }

    /// A header has to have exactly this value.
    pub fn is(&self, name: &str, wanted: &str) -> Check<&Self> {
        let got = self.header(name)?;
        if got == wanted {
            return Ok(self);
        }
        self.fail(&format!("{name}: got {got:?}, wanted {wanted:?}"))
    }

    /// A header has to contain this.
    pub fn has(&self, name: &str, part: &str) -> Check<&Self> {
        let got = self.header(name)?;
        if got.contains(part) {
            return Ok(self);
        }
        self.fail(&format!("{name}: got {got:?}, wanted {part:?} in it"))
    }

    /// A header may not be there.
    pub fn lacks(&self, name: &str) -> Check<&Self> {
        match self.answer.headers.get(name) {
            None => Ok(self),
            Some(value) => self.fail(&format!("{name}: {value:?} should not be there")),
        }
    }

    /// The media type, without parameters.
    pub fn media_type(&self, wanted: &str) -> Check<&Self> {
        let got = self.header("Content-Type")?;
        let media = got.split(';').next().unwrap_or("").trim();
        if media.eq_ignore_ascii_case(wanted) {
            return Ok(self);
        }
        self.fail(&format!("Content-Type: got {got:?}, wanted {wanted:?}"))
    }

    /// The members of a list header, however many lines it has, in lower case.
    pub fn list(&self, name: &str) -> Vec<String> {
        let members = self.answer.headers.all(name).flat_map(|value| value.split(','));
        members.map(|member| member.trim().to_ascii_lowercase()).collect()
    }

    /// The body has to be this, and whole.
    pub fn body(&self, wanted: &[u8]) -> Check<&Self> {
        self.whole()?;
        if self.answer.body == wanted {
            return Ok(self);
        }
        let got = shorten(&self.answer.text());
        let wanted_text = shorten(&String::from_utf8_lossy(wanted));
        self.fail(&format!(
            "a body of {} bytes, {got:?}, wanted {} bytes, {wanted_text:?}",
            self.answer.body.len(),
            wanted.len()
        ))
    }

    /// The body has to contain this.
    pub fn mentions(&self, part: &str) -> Check<&Self> {
        self.whole()?;
        if self.answer.text().contains(part) {
            return Ok(self);
        }
        let body = shorten(&self.answer.text());
        self.fail(&format!("the body does not mention {part:?}: {body:?}"))
    }

    /// There may be no body.
    pub fn empty(&self) -> Check<&Self> {
        self.body(b"")
    }

    /// The body has to end as its framing says.
    pub fn whole(&self) -> Check<&Self> {
        match self.answer.complete {
            true => Ok(self),
            false => self.fail("the body was cut off"),
        }
    }

    /// The body has to be a CAR.
    pub fn car(&self) -> Check<Car> {
        self.media_type("application/vnd.ipld.car")?;
        match read_car(&self.answer.body) {
            Ok(car) => Ok(car),
            Err(why) => self.fail(&format!("no CAR: {why}")),
        }
    }

    /// The value of `max-age` in `Cache-Control`.
    pub fn max_age(&self) -> Check<Option<u64>> {
        let directives = self.list("Cache-Control");
        let age = directives.iter().find_map(|directive| directive.strip_prefix("max-age="));
        match age.map(str::parse) {
            None => Ok(None),
            Some(Ok(age)) => Ok(Some(age)),
            Some(Err(_)) => self.fail(&format!("max-age in {directives:?}")),
        }
    }

    /// A redirect to this place.
    pub fn redirects(&self, status: u16, location: &str) -> Check<&Self> {
        self.status(status)?.is("Location", location)
    }
}

fn line(request: &Request) -> String {
    let mut line = format!("{} {}", request.method, shorten(&request.target));
    for (name, value) in &request.headers {
        line.push_str(&format!(" [{name}: {}]", shorten(value)));
    }
    line
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN_MAX) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.to_owned(),
    }
}
