//! Spec: spec/command/spans.md
//!
//! What the variables of OpenTelemetry say about spans.

use std::path::PathBuf;

/// Where an OTLP collector listens unless told otherwise.
const ENDPOINT_DEFAULT: &str = "http://localhost:4318";

/// Where spans go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Exporter {
    /// To a collector, at this URL.
    Otlp(String),
    /// To the end of a file.
    File(PathBuf),
    /// To standard output.
    Stdout,
}

/// Which spans are recorded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sampler {
    /// The share of traces, from 0 to 1.
    pub(super) share: f64,
    /// Whether a caller that sends a trace along decides instead.
    pub(super) parent_decides: bool,
}

/// What can't be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The name of an exporter that isn't there.
    #[error("unknown or unsupported exporter '{0}'")]
    Exporter(String),
    /// A protocol that isn't there.
    #[error("unsupported OTLP protocol '{0}': use http/protobuf or http/json")]
    Protocol(String),
    /// A sampler that isn't there.
    #[error("unsupported OTEL_TRACES_SAMPLER '{0}'")]
    Sampler(String),
}

#[derive(Debug)]
pub(super) struct Settings {
    pub(super) exporters: Vec<Exporter>,
    pub(super) sampler: Sampler,
    pub(super) service: String,
}

impl Settings {
    // spec: spans.variables
    pub(super) fn from_variables(
        get: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let text = |name: &str| get(name).filter(|value| !value.is_empty());
        let mut exporters = Vec::new();
        for name in text("OTEL_TRACES_EXPORTER").unwrap_or_default().split(',') {
            match name {
                "" | "none" => {}
                "otlp" => exporters.push(Exporter::Otlp(endpoint(&text)?)),
                "stdout" => exporters.push(Exporter::Stdout),
                "file" => {
                    let path = text("OTEL_EXPORTER_FILE_PATH").unwrap_or("traces.json".into());
                    exporters.push(Exporter::File(path.into()));
                }
                other => return Err(SettingsError::Exporter(other.to_owned())),
            }
        }
        let service = text("OTEL_SERVICE_NAME").unwrap_or_else(|| "Kubo".to_owned());
        Ok(Self { exporters, sampler: sampler(&text)?, service })
    }
}

fn endpoint(text: &impl Fn(&str) -> Option<String>) -> Result<String, SettingsError> {
    let protocol = text("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
        .or_else(|| text("OTEL_EXPORTER_OTLP_PROTOCOL"))
        .unwrap_or_else(|| "http/protobuf".to_owned());
    if !["http/protobuf", "http/json"].contains(&protocol.as_str()) {
        return Err(SettingsError::Protocol(protocol));
    }
    Ok(text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").unwrap_or_else(|| {
        let base = text("OTEL_EXPORTER_OTLP_ENDPOINT");
        let base = base.as_deref().unwrap_or(ENDPOINT_DEFAULT).trim_end_matches('/');
        format!("{base}/v1/traces")
    }))
}

// spec: spans.sampler
fn sampler(text: &impl Fn(&str) -> Option<String>) -> Result<Sampler, SettingsError> {
    let name = text("OTEL_TRACES_SAMPLER").unwrap_or_else(|| "parentbased_always_on".to_owned());
    let share = text("OTEL_TRACES_SAMPLER_ARG").and_then(|share| share.parse::<f64>().ok());
    let share = share.filter(|share| (0.0..=1.0).contains(share)).unwrap_or(1.0);
    let (parent_decides, kind) = match name.strip_prefix("parentbased_") {
        Some(kind) => (true, kind),
        None => (false, name.as_str()),
    };
    let share = match kind {
        "always_on" => 1.0,
        "always_off" => 0.0,
        "traceidratio" => share,
        _ => return Err(SettingsError::Sampler(name)),
    };
    Ok(Sampler { share, parent_decides })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::from_variables(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    /// spec: spans.variables
    #[test]
    fn exporters() {
        assert!(of(&[]).unwrap().exporters.is_empty());
        assert!(of(&[("OTEL_TRACES_EXPORTER", "none")]).unwrap().exporters.is_empty());
        let all = of(&[("OTEL_TRACES_EXPORTER", "otlp,file,stdout")]).unwrap().exporters;
        let otlp = Exporter::Otlp("http://localhost:4318/v1/traces".into());
        assert_eq!(all, [otlp, Exporter::File("traces.json".into()), Exporter::Stdout]);
        let base = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://a:1/");
        let on = ("OTEL_TRACES_EXPORTER", "otlp");
        assert_eq!(
            of(&[on, base]).unwrap().exporters,
            [Exporter::Otlp("https://a:1/v1/traces".into())]
        );
        let whole = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://b/x");
        assert_eq!(
            of(&[on, base, whole]).unwrap().exporters,
            [Exporter::Otlp("https://b/x".into())]
        );
        let error = of(&[("OTEL_TRACES_EXPORTER", "zipkin")]).unwrap_err().to_string();
        assert_eq!(error, "unknown or unsupported exporter 'zipkin'");
        assert!(of(&[on, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]).is_err());
    }

    /// spec: spans.sampler
    #[test]
    fn samplers() {
        let of = |name: &str, share: &str| {
            let pairs = [("OTEL_TRACES_SAMPLER", name), ("OTEL_TRACES_SAMPLER_ARG", share)];
            of(&pairs).map(|settings| (settings.sampler.share, settings.sampler.parent_decides))
        };
        assert_eq!(of("", ""), Ok((1.0, true)));
        assert_eq!(of("always_off", ""), Ok((0.0, false)));
        assert_eq!(of("parentbased_traceidratio", "0.25"), Ok((0.25, true)));
        assert_eq!(of("traceidratio", "7"), Ok((1.0, false)));
        assert!(of("magic", "").is_err());
    }
}
