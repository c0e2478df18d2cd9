// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/net/client_link.hpp"
#include "tests/support/pipe_stream.hpp"
#include "tests/unit/net/net_test.hpp"

/// A client's link, the servers that it finds, and all that it told.
namespace sallyport::test::client_link {

using net::Target;

/// What a server waits for, and what it says then.
struct Step {
    std::string heard;
    std::string says;
};
using Script = std::vector<Step>;

inline const std::string opened =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "version='1.0' id='s1' from='example.org'>";

inline std::string header(const std::string& features) {
    return opened + "<stream:features>" + features + "</stream:features>";
}
inline const Script before_tls{
    {"<stream:stream", header("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")},
    {"<starttls", "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"}};
inline const Step mechanisms{
    "<stream:stream",
    header("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism>"
           "</mechanisms>")};
inline const Script login_steps{
    mechanisms,
    {"<auth", "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"},
    {"<stream:stream",
     header("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:3'/>")}};
inline const Script session_steps{
    {"<bind",
     "<iq type='result' id='n1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
     "<jid>juliet@example.org/balcony</jid></bind></iq>"},
    {"<enable", "<enabled xmlns='urn:xmpp:sm:3' id='sm1' resume='true'/>"}};

inline const Step resumed{"<resume", "<resumed xmlns='urn:xmpp:sm:3' previd='sm1' h='1'/>"};
inline const Step forgotten{
    "<resume",
    "<failed xmlns='urn:xmpp:sm:3'><item-not-found xmlns='urn:ietf:params:xml:ns:"
    "xmpp-stanzas'/></failed>"};

inline Script operator+(Script a, const Script& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}
inline Script all() {
    return before_tls + login_steps + session_steps;
}
inline Script refusing() {
    return before_tls + Script{
                            mechanisms,
                            {"<auth",
                             "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
                             "<not-authorized/></failure></stream:stream>"}};
}
inline std::string stream_error(const std::string& condition) {
    return "<stream:error>" + condition + "</stream:error></stream:stream>";
}
inline std::string other_host(const std::string& host) {
    return stream_error(
        "<see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>" + host + "</see-other-host>"
    );
}

/// The server's side of one connection, by its script.
struct Host final : net::StreamHandler {
    std::unique_ptr<net::ByteStream> stream;
    Script script;
    std::string unread;
    std::size_t at = 0;
    bool is_over = false;

    Host(std::unique_ptr<net::ByteStream> s, Script steps)
        : stream(std::move(s)), script(std::move(steps)) {
        stream->start(*this);
    }
    void on_bytes(std::string_view bytes) override {
        unread += bytes;
        while (at < script.size()) {
            const std::size_t found = unread.find(script[at].heard);
            if (found == std::string::npos) return;
            unread.erase(0, found + script[at].heard.size());
            stream->write(script[at++].says);
        }
    }
    void on_end(const Error&) override { is_over = true; }
    bool was_told(std::string_view text) const { return unread.find(text) != std::string::npos; }
};

inline xmpp::Stanza text(std::string_view id, std::string_view body = "hi") {
    auto stanza = xmpp::Stanza::message(
        xmpp::StanzaType::chat, {}, xmpp::Jid::parse("romeo@example.net").value(), id
    );
    stanza.element().add("body", "jabber:client").add_text(body);
    return stanza;
}

struct World : net::ClientLinkHandler {
    FakeLoop loop;
    net::Aside aside{loop.io.get_executor()};
    Result<std::vector<Target>> dns = std::vector<Target>{{"a.example.net", 5222, false}};
    std::map<std::string, Script> scripts;  ///< by host; others refuse the connection
    net::Fault refusal = net::Fault::connect;
    PipeFaults faults;
    std::string password = "secret";
    xmpp::ManagementLimits management;
    std::function<void(xmpp::ClientOptions&)> also = [](xmpp::ClientOptions&) {};
    double random = 0.5;

    std::vector<std::string> looked_up;
    std::vector<net::ConnectOptions> tried;
    std::vector<std::unique_ptr<Host>> hosts;
    std::vector<net::LinkDown> downs;
    std::vector<xmpp::Stanza> stanzas;
    std::vector<std::string> left_over;
    int ups = 0, resumptions = 0, writable = 0;
    std::unique_ptr<net::ClientLink> link;

    explicit World(
        net::ClientPlace place = {"example.org", {}, {}, {}, {}},
        std::optional<net::TlsIdentity> certificate = {}
    );
    void connect(net::ConnectOptions options, net::ConnectDone done);
    /// Until nothing moves any more.
    World& start();
    Host& host() { return *hosts.back(); }
    /// The connection breaks; what the next one meets is `next`.
    void lose(const Script& next);

    void on_up(const xmpp::Jid& full, bool is_resumed) override {
        ++ups;
        if (is_resumed) ++resumptions;
        EXPECT_EQ(full.str(), "juliet@example.org/balcony");
    }
    void on_down(const net::LinkDown& why) override { downs.push_back(why); }
    void on_stanza(xmpp::Stanza stanza) override { stanzas.push_back(std::move(stanza)); }
    void on_writable() override { ++writable; }
    void on_told(xmpp::ClientStream::Event event) override {
        if (const auto* left = std::get_if<xmpp::LeftOver>(&event))
            for (const auto& one : left->stanzas) left_over.emplace_back(one.stanza.id());
    }
};

}  // namespace sallyport::test::client_link
