// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/net/byte_stream.hpp"
#include "gateway/server/components.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/run_until.hpp"
#include "tests/unit/server/hub_world.hpp"

namespace sallyport::server {
using namespace test;

/// Somebody's component: our own machine of that side.
class Irc final : private net::PumpOwner<xmpp::ComponentStream::Event> {
  public:
    Irc(net::Timers& timers,
        const config::Endpoint& at,
        const std::string& domain,
        const std::string& secret)
        : pump_(
              xmpp::ComponentStream(xmpp::ComponentOptions{jid(domain), secret, {}, {}}),
              net::adopt_socket(timers, connect_loopback(at), "127.0.0.1"),
              timers,
              *this
          ) {
        pump_.start();
    }
    bool send(std::string_view xml) {
        const auto sent = pump_.machine().send(stanza(xml));
        pump_.later();
        return sent.has_value();
    }
    /// Past our own guard, as others would.
    void write(std::string_view bytes) { pump_.stream().write(bytes); }
    void close(TimePoint now) {
        pump_.machine().close(now);
        pump_.later();
    }

    bool is_up = false;
    bool is_over = false;
    std::string ended;  ///< the reason
    std::vector<xmpp::Stanza> got;

  private:
    void on_event(xmpp::ComponentStream::Event event) override {
        if (std::holds_alternative<xmpp::Established>(event)) is_up = true;
        if (auto* received = std::get_if<xmpp::Received>(&event)) got.push_back(received->stanza);
        if (auto* over = std::get_if<xmpp::Ended>(&event)) ended = over->reason;
    }
    void on_closed(const Error&) override { is_over = true; }

    net::Pump<xmpp::ComponentStream> pump_;
};

/// The door of irc.example.org and muc.example.org, and alice within.
struct ComponentDoor : testing::Test {
    ComponentDoor() {
        config::Endpoint at;
        at.host = "127.0.0.1";
        EXPECT_TRUE(door->listen(at));
    }
    ~ComponentDoor() override {
        alice.reset();
        door.reset();
        world.settle();
    }

    std::unique_ptr<Irc> connect(
        const std::string& domain = "irc.example.org", const std::string& secret = "of irc"
    ) {
        return std::make_unique<Irc>(timers, door->listener()->endpoint(), domain, secret);
    }
    std::unique_ptr<Irc> connected() {
        auto made = connect();
        EXPECT_TRUE(until([&] { return made->is_up && is_known(); })) << made->ended;
        return made;
    }
    bool is_known() const { return world.hub.has_component(jid("irc.example.org")); }
    bool until(const std::function<bool()>& done) { return test::run_until(world.base.io, done); }
    std::vector<std::string> conditions_of_alice() { return conditions(alice->take()); }
    /// The component says this; it has come through when `client` has got `count` stanzas.
    void tell(Irc& irc, FakeClient& client, std::string_view xml, std::size_t count) {
        irc.write(xml);
        EXPECT_TRUE(until([&] { return client.got.size() >= count; })) << xml;
        client.take();
    }
    void leave(std::unique_ptr<Irc>& irc) {
        irc.reset();
        EXPECT_TRUE(until([&] { return !is_known(); }));
    }

    HubWorld world;
    net::Timers timers{world.base.io.get_executor(), world.base.time};
    std::vector<config::ServerConfig::Component> components{
        {jid("irc.example.org"), config::Secret("of irc"), {}},
        {jid("muc.example.org"), config::Secret("of muc"), {}}};
    std::unique_ptr<Components> door = std::make_unique<Components>(world.hub, timers, components);
    std::unique_ptr<FakeClient> alice = world.log_in("alice", "phone");
};

}  // namespace sallyport::server
