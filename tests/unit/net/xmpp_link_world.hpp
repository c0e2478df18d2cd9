// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "gateway/net/pump.hpp"
#include "gateway/net/xmpp_link.hpp"
#include "tests/support/pipe_stream.hpp"
#include "tests/unit/net/net_test.hpp"
#include "xmpp/stream/component_stream.hpp"
#include "xmpp/xml/writer.hpp"

/// A component's link, the hosts that it finds, and all that it told.
namespace sallyport::test::xmpp_link {

/// The host's side of one connection: a real acceptor machine.
struct Host final : net::PumpOwner<xmpp::ComponentAcceptor::Event> {
    std::unique_ptr<net::Pump<xmpp::ComponentAcceptor>> pump;
    std::vector<xmpp::Stanza> stanzas;
    bool up = false;
    std::string ended;

    Host(FakeLoop& loop, std::unique_ptr<net::ByteStream> stream, const std::string& secret) {
        xmpp::ComponentAcceptor machine({{"sms.example.org", secret}}, "id1", {}, {});
        pump = std::make_unique<net::Pump<xmpp::ComponentAcceptor>>(
            std::move(machine), std::move(stream), loop.timers, *this
        );
        pump->start();
    }
    void on_event(xmpp::ComponentAcceptor::Event event) override {
        if (std::holds_alternative<xmpp::Established>(event)) up = true;
        if (auto* received = std::get_if<xmpp::Received>(&event))
            stanzas.push_back(std::move(received->stanza));
        if (auto* end = std::get_if<xmpp::Ended>(&event)) ended = end->reason;
    }
    void on_closed(const Error&) override {}
    /// As written by a host, whose stanzas are from anyone.
    void send(const xmpp::Stanza& stanza) {
        std::string bytes;
        xmpp::write(bytes, stanza.element(), "jabber:component:accept", "jabber:component:accept");
        pump->stream().write(bytes);
    }
};

inline xmpp::Stanza text(
    std::string_view from, std::string_view to, std::string_view id, std::string_view body
) {
    auto stanza = xmpp::Stanza::message(
        xmpp::StanzaType::chat, xmpp::Jid::parse(from).value(), xmpp::Jid::parse(to).value(), id
    );
    stanza.element().add("body", "jabber:client").add_text(body);
    return stanza;
}
inline xmpp::Stanza ours(std::string_view id, std::string_view body = "hi") {
    return text("+15551234567@sms.example.org", "alice@example.org", id, body);
}

struct World final : net::LinkHandler {
    FakeLoop loop;
    std::string host_secret = "s3cret";
    PipeFaults faults;
    std::deque<Error> unreachable;  ///< the next attempts end with these
    std::vector<std::unique_ptr<Host>> hosts;
    std::vector<std::unique_ptr<net::ByteStream>> deaf;  ///< hosts that say nothing
    bool is_deaf = false;
    std::vector<xmpp::Stanza> stanzas;
    std::vector<net::LinkDown> downs;
    int ups = 0;
    int writable = 0;
    int malformed = 0;
    std::unique_ptr<net::XmppLink> link;

    explicit World(net::LinkOptions options = {}) {
        options.domain = xmpp::Jid::parse("sms.example.org").value();
        options.secret = config::Secret("s3cret");
        net::XmppLink::Tools tools(
            loop.timers,
            loop.log,
            [this](net::ConnectDone done) { connect(std::move(done)); },
            [] { return 0.5; }
        );
        link = std::make_unique<net::XmppLink>(std::move(tools), std::move(options), *this);
    }
    void connect(net::ConnectDone done) {
        if (!unreachable.empty()) {
            const Error error = unreachable.front();
            unreachable.pop_front();
            boost::asio::post(loop.io, [done = std::move(done), error] { done(error); });
            return;
        }
        auto shared = std::make_shared<std::unique_ptr<net::ByteStream>>();
        auto [client, server] = make_pipe(loop.io.get_executor(), faults);
        *shared = std::move(client);
        if (is_deaf)
            deaf.push_back(std::move(server));
        else
            hosts.push_back(std::make_unique<Host>(loop, std::move(server), host_secret));
        boost::asio::post(loop.io, [done = std::move(done), shared] { done(std::move(*shared)); });
    }
    Host& host() { return *hosts.back(); }
    void start() {
        link->start();
        loop.settle();
    }

    void on_up() override { ++ups; }
    void on_down(const net::LinkDown& why) override { downs.push_back(why); }
    void on_stanza(xmpp::Stanza stanza) override {
        if (owner != nullptr) return owner->on_stanza(std::move(stanza));
        stanzas.push_back(std::move(stanza));
    }
    void on_malformed(xmpp::Element, xmpp::StanzaError) override { ++malformed; }
    void on_writable() override { ++writable; }

    void answer_by(net::LinkHandler& handler) { owner = &handler; }
    net::LinkHandler* owner = nullptr;
};

}  // namespace sallyport::test::xmpp_link
