//! Spec: spec/gateway/path-gateway.md
//!
//! Bounds of an answer while its body is sent: a share of the capacity, the pause between chunks,
//! and the time of the whole.

use crate::Response;
use crate::config::Config;
use crate::gateway::CancelOnDrop;
use bytes::Bytes;
use http::StatusCode;
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt;
use ipfs_node::http::Body;
use ipfs_node::http::body::BodyError;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Sleep;

/// What a request has until its answer was sent: a share of the capacity, and its fetches.
pub(crate) type Held = (Option<OwnedSemaphorePermit>, CancelOnDrop);

/// A body within bounds.
pub(crate) struct Guarded {
    body: Body,
    /// Longest time that the body may take to have its next chunk ready.
    pause_max: Option<Duration>,
    /// When the whole must have ended.
    deadline: Instant,
    /// Runs while a chunk is waited for.
    timer: Option<Pin<Box<Sleep>>>,
    _held: Held,
}

impl Guarded {
    /// Puts bounds on the body of an answer.
    // spec: path-gateway.request-duration
    pub(crate) fn wrap(
        response: Response,
        held: Held,
        started: Instant,
        config: &Config,
    ) -> Response {
        // The word that the time is over must still get through.
        if response.body().is_end_stream() || response.status() == StatusCode::GATEWAY_TIMEOUT {
            return response;
        }
        let (pause_max, duration_max) = (config.retrieval_timeout, config.request_duration_max);
        response.map(|body| {
            let deadline = started + duration_max;
            Self { body, pause_max, deadline, timer: None, _held: held }.boxed_unsync()
        })
    }

    /// When the wait for the next chunk ends.
    fn limit(&self) -> Instant {
        match self.pause_max {
            Some(pause_max) => self.deadline.min(Instant::now() + pause_max),
            None => self.deadline,
        }
    }
}

impl http_body::Body for Guarded {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.timer = None;
            if Instant::now() > self.deadline {
                return Poll::Ready(Some(Err("the request took too long".into())));
            }
            return Poll::Ready(frame);
        }
        let limit = self.limit();
        let timer =
            self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(limit.into())));
        match timer.as_mut().poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => {
                Poll::Ready(Some(Err("content was not retrieved within the time allowed".into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
