// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "config/config.hpp"
#include "config/reload_plan.hpp"
#include "gateway/app/attached.hpp"
#include "gateway/app/data_dir.hpp"
#include "gateway/app/media_store.hpp"
#include "gateway/app/upload_store.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/base/log.hpp"
#include "gateway/base/metrics.hpp"
#include "gateway/base/scheduler.hpp"
#include "gateway/core/core.hpp"
#include "gateway/net/aside.hpp"
#include "gateway/net/http_client.hpp"
#include "gateway/net/http_server.hpp"
#include "gateway/net/resolver.hpp"
#include "gateway/net/timers.hpp"
#include "gateway/server/server.hpp"
#include "gateway/store/store.hpp"

namespace sallyport::app {

/// The running program: builds the rooms, connects them, starts, reloads, drains and stops.
class Gateway {
  public:
    Gateway(config::Config config, DataDir data, Log& log);
    ~Gateway();

    /// Opens store, listeners and links. The error is for the operator; nothing runs then.
    Result<> open();
    /// Runs until stopped. Returns the exit code.
    int run();

    /// SIGHUP: reads the configuration again and applies all of it or nothing. Lines say what
    /// happened.
    struct Reload {
        bool is_applied = false;
        std::vector<std::string> lines;
    };
    Reload reload();
    /// SIGTERM: drains and ends run(); the second time at once.
    void stop();

    const config::Config& config() const { return *config_; }
    const DataDir& data() const { return data_; }
    core::Core& core() { return *core_; }
    store::Store& store() { return *store_; }
    Metrics& metrics() { return metrics_; }
    const Log& log() const { return log_; }
    const TimeSource& time() const { return time_; }
    bool is_stopping() const { return is_stopping_; }
    WallTime started_at() const { return started_at_; }
    const std::map<std::string, std::unique_ptr<Attached>>& attached() const { return attached_; }
    /// The embedded server; null when there is none.
    server::Server* server() const { return server_.get(); }

    /// One line per thing that must be so before the program is ready; empty `why` = so.
    struct Check {
        std::string name;
        std::string why;
    };
    std::vector<Check> checks() const;
    bool is_ready() const;
    std::chrono::milliseconds loop_lag() const { return loop_lag_; }

  private:
    Result<> open_store();
    Result<> open_http();
    Result<> open_server(const config::ServerConfig& server);
    Result<> open_transports();
    Result<std::unique_ptr<Attached>> make_transport(
        const config::Config& config, const config::TransportConfig& section
    );
    void open_transport(std::unique_ptr<Attached> made);
    void start();
    void close_transport(const std::string& domain);
    void drain();
    void stop_links();
    void beat();
    void measure_queues();
    struct Renewal;
    void configure_log();
    Renewal prepare(const config::Config& config);
    void apply(config::Config config, const config::ReloadPlan& plan, Renewal renewal);
    Reload try_reload();
    void await_signal();

    class TimersScheduler;
    class NoWebhooks;
    boost::asio::io_context io_{1};
    boost::asio::signal_set signals_{io_, SIGTERM, SIGINT, SIGHUP};
    SystemTime time_;
    Log& log_;
    Metrics metrics_;
    std::shared_ptr<const config::Config> config_;
    std::vector<std::shared_ptr<const config::Config>>
        old_configs_;  ///< rooms may still look at them until the loop turns
    DataDir data_;
    std::string key_;
    net::Timers timers_;
    std::unique_ptr<TimersScheduler> scheduler_;
    net::Resolver resolver_;
    std::unique_ptr<net::HttpClient> http_;
    std::unique_ptr<net::HttpServer> public_http_;
    std::unique_ptr<net::HttpServer> admin_http_;
    std::unique_ptr<net::HttpServer> control_http_;
    std::unique_ptr<port::Webhooks> no_webhooks_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<core::Core> core_;
    net::Aside disk_;
    std::unique_ptr<MediaStore> media_;
    std::unique_ptr<UploadStore> uploads_;
    std::unique_ptr<server::Server> server_;
    std::map<std::string, std::unique_ptr<Attached>> attached_;
    std::vector<std::shared_ptr<Attached>> removed_;  ///< by reloads
    WallTime started_at_{};
    std::chrono::milliseconds loop_lag_{0};
    bool is_stopping_ = false;
    int exit_code_ = 0;
};

}  // namespace sallyport::app
