// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "gateway/base/clock.hpp"
#include "gateway/base/log.hpp"
#include "gateway/net/byte_stream.hpp"
#include "gateway/net/resolver.hpp"
#include "gateway/net/timers.hpp"
#include "tests/support/fake_time.hpp"

namespace sallyport::test {

/// A loop with real time, driven until something becomes true. The limit is only for tests that
/// fail.
struct LiveLoop {
    boost::asio::io_context io{1};
    SystemTime time;
    net::Timers timers{io.get_executor(), time};
    net::Resolver resolver{io.get_executor()};
    Log log{Log::Sink([](std::string_view) {})};

    bool until(const std::function<bool()>& done) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!done() && std::chrono::steady_clock::now() < limit) {
            io.restart();
            io.run_one_for(std::chrono::milliseconds(200));
        }
        return done();
    }
};

/// A loop whose time stands still until the test moves it.
struct FakeLoop {
    boost::asio::io_context io{1};
    FakeTime time;
    net::Timers timers{io.get_executor(), time};
    Log log{Log::Sink([](std::string_view) {})};

    FakeLoop() {
        time.on_advance([this] { timers.run_due(); });
    }
    /// Runs all that can run without time passing.
    void settle() {
        do {
            io.restart();
        } while (io.poll() > 0);
    }
    void advance(std::chrono::milliseconds by) {
        time.advance(by);
        settle();
    }
};

/// What a stream said, for looking at afterwards.
struct Recorder final : net::StreamHandler {
    std::string bytes;
    std::string ended;  ///< the stable word, "" while it lives
    std::size_t sent = 0;
    std::function<void(std::string_view)> also;

    void on_bytes(std::string_view b) override {
        bytes += b;
        if (also) also(b);
    }
    void on_end(const Error& why) override { ended = net::fault_word(why); }
    void on_sent() override { ++sent; }
};

/// A directory that goes with the test.
class Folder {
  public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
    std::filesystem::path write(std::string_view name, std::string_view content) const;

  private:
    std::filesystem::path path_;
};

/// A self-signed certificate for `name` (a DNS name or a literal address), written as PEM.
struct Certificate {
    std::filesystem::path chain;
    std::filesystem::path key;
    Certificate(const Folder& folder, const std::string& name, const std::string& file = "cert");
};

/// A listener on loopback that hands out accepted streams.
class Acceptor {
  public:
    explicit Acceptor(LiveLoop& loop, config::Endpoint at = {"127.0.0.1", 0, {}});
    ~Acceptor();
    config::Endpoint endpoint() const;
    std::vector<std::unique_ptr<net::ByteStream>> streams;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sallyport::test
