// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/gateway.hpp"

#include <utility>

#include <boost/asio/post.hpp>

#include "gateway/app/admin_http.hpp"
#include "gateway/app/control.hpp"
#include "gateway/app/host_meta.hpp"
#include "gateway/app/seal.hpp"
#include "gateway/store/timed_store.hpp"

namespace sallyport::app {
namespace {

constexpr std::chrono::seconds drain_patience{10};
constexpr std::chrono::seconds http_grace{5};
constexpr std::chrono::seconds beat_every{1};
constexpr std::chrono::hours prune_media_every{6};
constexpr std::chrono::seconds measure_every{10};
constexpr std::chrono::hours longest_command{1};  // a backup of a large database

std::string public_url_of(const config::Config& config) {
    const auto& open = config.http.open;
    return open ? open->url : "";
}

std::optional<net::HttpServerOptions::Certificate> certificate_of(
    const config::HttpConfig::Public& open
) {
    if (!open.certificate) return std::nullopt;
    return net::HttpServerOptions::Certificate{open.certificate->chain, open.certificate->key};
}

}  // namespace

/// The core's view of the timers.
class Gateway::TimersScheduler final : public Scheduler {
  public:
    explicit TimersScheduler(net::Timers& timers) : timers_(timers) {}
    Id at(std::chrono::steady_clock::time_point when, std::function<void()> run) override {
        const Id id = ++last_;
        handles_[id] = timers_.at(when, [this, id, run = std::move(run)] {
            handles_.erase(id);
            run();
        });
        return id;
    }
    void cancel(Id id) override {
        auto at = handles_.find(id);
        if (at == handles_.end()) return;
        timers_.cancel(at->second);
        handles_.erase(at);
    }

  private:
    net::Timers& timers_;
    std::map<Id, net::Timers::Handle> handles_;
    Id last_ = 0;
};

/// Without http.public there is nowhere to mount.
class Gateway::NoWebhooks final : public port::Webhooks {
  public:
    void mount(std::string, port::WebhookHandler) override {}
    void unmount(std::string_view) override {}
    const std::string& public_url() const override { return none_; }

  private:
    std::string none_;
};

Gateway::Gateway(config::Config config, DataDir data, Log& log)
    : log_(log),
      config_(std::make_shared<const config::Config>(std::move(config))),
      data_(std::move(data)),
      timers_(io_.get_executor(), time_),
      scheduler_(std::make_unique<TimersScheduler>(timers_)),
      resolver_(io_.get_executor()),
      no_webhooks_(std::make_unique<NoWebhooks>()),
      disk_(io_.get_executor()) {
    configure_log();
}

Gateway::~Gateway() {
    // Rooms hold references downwards: transports before the core, the core before the store, the
    // store before its loop.
    if (server_) server_->close_connections();
    attached_.clear();
    removed_.clear();
    server_.reset();
    public_http_.reset();
    uploads_.reset();
    admin_http_.reset();
    control_http_.reset();
    core_.reset();
    media_.reset();
    http_.reset();
    store_.reset();
}

void Gateway::configure_log() {
    const config::LoggingConfig& logging = config_->logging;
    log_.configure(static_cast<LogLevel>(logging.level), static_cast<LogFormat>(logging.format));
}

Result<> Gateway::open() {
    started_at_ = time_.wall();
    auto key = data_.key();
    if (!key) return key.error();
    key_ = *std::move(key);
    if (auto opened = open_store(); !opened) return opened;
    http_ = net::make_http_client(io_.get_executor());
    if (auto opened = open_http(); !opened) return opened;
    core::World world{
        *store_, time_, *scheduler_, log_, metrics_, io_.get_executor(), config_.get(), "n0"};
    core_ = std::make_unique<core::Core>(std::move(world), make_sealer(key_));
    const std::string url = public_url_of(*config_);
    media_ = std::make_unique<MediaStore>(MediaStore::Tools{
        core_->world(), *http_, data_.media(), url, make_durable_beside(disk_)});
    core_->set_media(*media_);
    core_->arrivals().set_on_dead_link([this](core::Domain& domain) {
        auto at = attached_.find(domain.name);
        const bool is_current = at != attached_.end() && &at->second->domain() == &domain;
        if (is_current) at->second->renew();  // a removed one is being closed already
    });
    if (public_http_)
        public_http_->serve_files("/media/", [this](const port::HttpRequest& request) {
            return media_->serve(request);
        });
    const auto& server = config_->server;
    if (server)
        if (auto opened = open_server(*server); !opened) return opened;
    if (auto opened = open_transports(); !opened) return opened;
    if (server)
        if (auto listening = server_->listen(*server); !listening) return listening;
    start();
    return {};
}

Result<> Gateway::open_server(const config::ServerConfig& server) {
    const std::string url = public_url_of(*config_);
    uploads_ = std::make_unique<UploadStore>(UploadStore::Tools{
        core_->world(), data_.media(), url, server.domain.str(), make_durable_beside(disk_)});
    if (public_http_)
        public_http_->receive("/upload/", {"PUT", "OPTIONS"}, [this](const auto& head) {
            return uploads_->receive(head);
        });
    if (public_http_) install_host_meta(*public_http_, server);
    server::Server::Tools tools{
        *core_,
        timers_,
        data_.path(),
        derive_key(key_, "server/unknown users"),
        uploads_.get(),
        derive_key(key_, "server/fast tokens"),
        config_->retention.archive};
    auto made = server::Server::make(std::move(tools), server);
    if (!made) return made.error();
    server_ = *std::move(made);
    return {};
}

Result<> Gateway::open_store() {
    store::OpenOptions options;
    options.path = config_->storage.path.string();
    options.backup_dir = data_.path().string();
    auto opened = store::open_sqlite(options, [this](std::function<void()> run) {
        boost::asio::post(io_, std::move(run));
    });
    if (!opened) return opened.error();
    const auto seconds_of = [this](const char* kind) {
        auto& took = metrics_.histogram(
            "db_query_seconds", {{"kind", kind}}, "until the store answered, waiting included"
        );
        return [&took](std::chrono::duration<double> time) { took.observe(time.count()); };
    };
    store_ = store::make_timed(*std::move(opened), {seconds_of("write"), seconds_of("read")});
    return {};
}

Result<> Gateway::open_http() {
    if (const auto& open = config_->http.open) {
        net::HttpServerOptions options;
        options.listen = open->listen;
        options.public_url = open->url;
        options.certificate = certificate_of(*open);
        public_http_ = net::make_http_server(timers_, log_, std::move(options));
        if (auto bound = public_http_->open(); !bound) return bound;
    }
    if (const auto& admin = config_->http.admin) {
        net::HttpServerOptions options;
        options.listen = admin->listen;
        options.token = admin->token;
        admin_http_ = net::make_http_server(timers_, log_, std::move(options));
        install_admin(*this, *admin_http_);
        if (auto bound = admin_http_->open(); !bound) return bound;
    }
    net::HttpServerOptions options;
    options.listen.path = data_.control_socket();
    options.limits.handler_timeout = longest_command;
    control_http_ = net::make_http_server(timers_, log_, std::move(options));
    install_admin(*this, *control_http_);
    install_control(*this, *control_http_);
    return control_http_->open();
}

Result<> Gateway::open_transports() {
    for (const config::TransportConfig& section : config_->transports) {
        auto made = make_transport(*config_, section);
        if (!made) return made.error();
        open_transport(*std::move(made));
    }
    return {};
}

Result<std::unique_ptr<Attached>> Gateway::make_transport(
    const config::Config& config, const config::TransportConfig& section
) {
    port::Webhooks& webhooks =
        public_http_ ? static_cast<port::Webhooks&>(*public_http_) : *no_webhooks_;
    Attached::Tools tools{
        *core_,
        timers_,
        resolver_,
        *http_,
        webhooks,
        derive_key(key_, "hooks/" + section.domain.str()),
        server_ ? &server_->hub() : nullptr};
    return Attached::make(std::move(tools), config, section);
}

void Gateway::open_transport(std::unique_ptr<Attached> made) {
    Attached& attached = *made;
    attached_[attached.domain().name] = std::move(made);
    core_->add_domain(attached.domain(), [this, &attached](Result<> added) {
        if (added) return attached.start();
        log_.error(
            "transport.unusable",
            {{"domain", attached.domain().name}, {"why", added.error().to_string()}}
        );
        exit_code_ = 70;
        stop();
    });
}

void Gateway::start() {
    core_->start();
    metrics_.gauge("build_info", {{"version", SALLYPORT_VERSION}}, "always 1").set(1);
    measure_queues();
    beat();
    await_signal();
    log_.info(
        "gateway.started",
        {{"version", SALLYPORT_VERSION},
         {"transports", attached_.size()},
         {"data", data_.path().string()}}
    );
}

void Gateway::await_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
        if (error) return;
        if (signal == SIGHUP) {
            reload();
        } else {
            stop();
        }
        await_signal();
    });
}

/// Measures how late the loop turns, and keeps the media folder within its retention.
void Gateway::beat() {
    const auto due = time_.now() + beat_every;
    scheduler_->at(due, [this, due] {
        loop_lag_ = std::chrono::duration_cast<std::chrono::milliseconds>(time_.now() - due);
        metrics_.gauge("event_loop_lag_seconds", {}, "how late the last one-second beat was")
            .set(static_cast<double>(loop_lag_.count()) / 1000);
        if ((time_.wall() - started_at_) % prune_media_every < beat_every) media_->prune();
        if ((time_.wall() - started_at_) % measure_every < beat_every) measure_queues();
        old_configs_.clear();
        beat();
    });
}

int Gateway::run() {
    io_.run();
    return exit_code_;
}

void Gateway::close_transport(const std::string& domain) {
    auto at = attached_.find(domain);
    if (at == attached_.end()) return;
    std::shared_ptr<Attached> leaving(std::move(at->second));
    attached_.erase(at);
    leaving->domain().is_removed = true;
    core_->remove_domain(leaving->domain());
    // Kept: what is under way (writes, looks, pictures, timers) may still name its domain.
    removed_.push_back(leaving);
    leaving->close_transport([leaving] { leaving->stop([] {}); });
}

void Gateway::stop() {
    if (is_stopping_) {
        log_.warn("gateway.stopped_at_once");
        return io_.stop();
    }
    is_stopping_ = true;
    log_.info("gateway.stopping", {{"running", core_->delivery().running()}});
    drain();
}

/// Webhooks are answered "try again", running attempts end, what was shown is proved; then the
/// links say goodbye.
void Gateway::drain() {
    if (public_http_) public_http_->set_draining(true);
    if (server_) server_->stop_listening();
    auto is_done = std::make_shared<bool>(false);
    auto next = [this, is_done] {
        if (std::exchange(*is_done, true)) return;
        stop_links();
    };
    scheduler_->at(time_.now() + drain_patience, next);
    core_->drain(next);
}

void Gateway::stop_links() {
    auto missing = std::make_shared<std::size_t>(attached_.size() + 2);
    auto one_less = [this, missing] {
        if (--*missing > 0) return;
        log_.info("gateway.stopped");
        io_.stop();  // the store commits what was submitted when it is destroyed
    };
    for (auto& [domain, attached] : attached_) attached->stop(one_less);
    if (server_)
        server_->stop(one_less);
    else
        one_less();
    if (public_http_)
        public_http_->stop(http_grace, one_less);
    else
        one_less();
}

}  // namespace sallyport::app
