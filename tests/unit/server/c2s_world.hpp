// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/net/timers.hpp"
#include "gateway/server/c2s_session.hpp"
#include "tests/support/run_until.hpp"
#include "tests/unit/server/service_world.hpp"

namespace sallyport::test {

/// A connection in the hands of the test: takes what it is given and sends none of it on.
class DeafStream final : public net::ByteStream {
  public:
    struct Wire {
        net::StreamHandler* handler = nullptr;
        std::string written;
        bool is_closed = false;
        bool is_gone = false;
    };
    DeafStream(std::shared_ptr<Wire> wire, std::string peer)
        : wire_(std::move(wire)), peer_(std::move(peer)) {}
    ~DeafStream() override { wire_->is_gone = true; }
    void start(net::StreamHandler& handler) override { wire_->handler = &handler; }
    void write(std::string_view bytes) override { wire_->written += bytes; }
    std::size_t unsent_bytes() const override { return wire_->written.size(); }
    void start_tls(std::unique_ptr<net::TlsSession>, TlsStarted) override {}
    void set_reading(bool) override {}
    void close() override { wire_->is_closed = true; }
    const std::string& peer() const override { return peer_; }

  private:
    std::shared_ptr<Wire> wire_;
    std::string peer_;
};

/// An embedded server with the real end of one client connection at a time.
struct C2sWorld : ServiceWorld, server::C2sOwner {
    explicit C2sWorld(server::Legacy which = server::Legacy::off)
        : legacy(which), auth(world.base.core->world(), jid("example.org"), which) {
        xmpp::ServerStreamOptions made;
        made.domain = jid("example.org");
        made.tls = xmpp::TlsPolicy::done;
        made.mechanisms = {"SCRAM-SHA-256", "DIGEST-MD5", "CRAM-MD5", "PLAIN", "HT-SHA-256-NONE"};
        made.allows_legacy = legacy == server::Legacy::on;
        made.offers_sasl2 = made.offers_fast = true;
        made.before_auth = {.stanza_bytes = 8 * 1024, .elements = 32};
        options = std::make_shared<const xmpp::ServerStreamOptions>(std::move(made));
    }
    void on_authenticated(server::C2sSession&) override {}
    void on_awake(server::C2sSession&) override { ++awakenings; }
    void on_over(server::C2sSession&) override { is_over = true; }

    std::shared_ptr<DeafStream::Wire> connect() {
        auto wire = std::make_shared<DeafStream::Wire>();
        session = std::make_unique<server::C2sSession>(
            tools, std::make_unique<DeafStream>(wire, peer), options
        );
        session->start();
        return wire;
    }
    void say(DeafStream::Wire& wire, std::string_view bytes) {
        wire.handler->on_bytes(bytes);
        world.settle();
    }
    /// dora, whose password is "secret".
    void add_dora() {
        const xmpp::Jid dora = jid("dora@example.org");
        world.base.store.write(store::CreateAccount{
            dora.str(), *server::make_keys(dora, "secret", legacy), world.base.time.wall()});
        world.settle();
    }
    /// Keys are derived beside us: this waits in real time.
    std::shared_ptr<DeafStream::Wire> log_in_dora() {
        add_dora();
        auto wire = connect();
        say(*wire, header);
        say(*wire,
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
            "mechanism='PLAIN'>AGRvcmEAc2VjcmV0</auth>");
        test::run_until(world.base.io, [&wire] {
            return wire->written.find("<success") != std::string::npos;
        });
        say(*wire, header);
        say(*wire,
            "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
            "<resource>home</resource></bind></iq><presence/>");
        return wire;
    }

    static constexpr std::string_view header =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
        " to='example.org' version='1.0'>";

    const server::Legacy legacy;
    net::Timers timers{world.base.io.get_executor(), world.base.time};
    server::AccountAuth auth;
    server::FastTokens tokens{world.base.core->world(), jid("example.org"), "a key"};
    server::C2sTools tools{
        world.hub,
        auth,
        tokens,
        services->registration(),
        timers,
        *this,
        world.base.metrics.counter("in_total"),
        world.base.metrics.counter("out_total")};
    std::shared_ptr<const xmpp::ServerStreamOptions> options;
    std::string peer = "192.0.2.1";  ///< of the next connection
    std::unique_ptr<server::C2sSession> session;
    bool is_over = false;
    int awakenings = 0;
};

}  // namespace sallyport::test
