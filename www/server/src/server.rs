//! The server as a whole: routes, layers, start and end.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::answer::Answer;
use crate::app::App;
use crate::config::Config;
use crate::connection::{CuttableListener, Peer, cut_where_asked};
use crate::files::{self, Files};
use crate::misbehave::misbehave;
use crate::store::Store;
use crate::{
    change_routes, cors, documents, habits, log_routes, orders, rooms, seed, switch_routes, users, whole_body,
};

/// What everything but a document may have as its body.
const MAX_BODY_BYTES: usize = 1 << 20;

/// How long open requests may go on once the server is told to end; some of them never do.
const GRACE: Duration = Duration::from_secs(2);

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
}

impl Server {
    /// Opens the database and the folders, and starts to listen.
    ///
    /// # Errors
    ///
    /// A sentence for the person who started the server.
    pub async fn bind(config: &Config) -> Result<Self, String> {
        let files = Files::open(config.www.as_deref(), config.pkg.as_deref())?;
        let app = Arc::new(App::new(Store::open(&config.database, |write| seed::plant(write, None))?).await?);
        let cannot = |error: std::io::Error| format!("cannot listen on {}: {error}", config.listen);
        let listener = TcpListener::bind(config.listen).await.map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        Ok(Self { listener, address, router: router(&app, files) })
    }

    /// Where it listens, with the port that was taken.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `end` is ready; then takes no new connection and gives open requests a moment.
    ///
    /// # Errors
    ///
    /// A sentence, when the listener fails.
    pub async fn run(self, end: impl Future<Output = ()> + Send + 'static) -> Result<(), String> {
        let (ended, is_ended) = oneshot::channel();
        let service = self.router.into_make_service_with_connect_info::<Peer>();
        let serving = axum::serve(CuttableListener(self.listener), service).with_graceful_shutdown(async move {
            end.await;
            let _ = ended.send(());
        });
        let overdue = async {
            if is_ended.await.is_ok() {
                tokio::time::sleep(GRACE).await;
            }
        };
        tokio::select! {
            result = serving => result.map_err(|error| format!("the listener failed: {error}")),
            () = overdue => Ok(()),
        }
    }
}

fn router(app: &Arc<App>, files: Files) -> Router {
    let resources = Router::new()
        .nest("/documents", documents::routes())
        .nest("/users", users::routes())
        .nest("/orders", orders::routes())
        .nest("/rooms", rooms::routes());
    // Set once, and never changed.
    let _ = app.resources.set(resources.clone().with_state(Arc::clone(app)));
    let resources = resources
        .layer(from_fn_with_state(Arc::clone(app), change_routes::publish))
        .layer(from_fn_with_state(Arc::clone(app), misbehave))
        .layer(from_fn_with_state(Arc::clone(app), habits::dress));
    let api = resources
        .merge(switch_routes::routes())
        .merge(log_routes::routes())
        .merge(change_routes::routes())
        .fallback(async || Answer::not_found("such address in the API"))
        .method_not_allowed_fallback(async || {
            let message = "this address does not know the method";
            Answer::refusal(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
        });
    Router::new()
        .nest("/api", api)
        .with_state(Arc::clone(app))
        .fallback_service(axum::routing::any(files::serve).with_state(Arc::new(files)))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn(cors::refuse_foreign_writes))
        .layer(from_fn(whole_body::read_first))
        .layer(from_fn(cors::share))
        .layer(from_fn_with_state(Arc::clone(app), log_routes::record))
        .layer(from_fn(cut_where_asked))
}
