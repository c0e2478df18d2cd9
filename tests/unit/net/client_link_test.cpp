// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/client_link.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/pipe_stream.hpp"
#include "tests/unit/net/net_test.hpp"

namespace sallyport::test {
namespace {

using net::LinkFault;
using net::LinkState;
using net::Target;
using std::chrono::minutes;
using std::chrono::seconds;

/// What a server waits for, and what it says then.
struct Step {
    std::string heard;
    std::string says;
};
using Script = std::vector<Step>;

const std::string opened =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "version='1.0' id='s1' from='example.org'>";

std::string header(const std::string& features) {
    return opened + "<stream:features>" + features + "</stream:features>";
}
const Script before_tls{
    {"<stream:stream", header("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")},
    {"<starttls", "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"}};
const Step mechanisms{
    "<stream:stream",
    header("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism>"
           "</mechanisms>")};
const Script login_steps{
    mechanisms,
    {"<auth", "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"},
    {"<stream:stream",
     header("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:3'/>")}};
const Script session_steps{
    {"<bind",
     "<iq type='result' id='n1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
     "<jid>juliet@example.org/balcony</jid></bind></iq>"},
    {"<enable", "<enabled xmlns='urn:xmpp:sm:3' id='sm1' resume='true'/>"}};

const Step resumed{"<resume", "<resumed xmlns='urn:xmpp:sm:3' previd='sm1' h='1'/>"};
const Step forgotten{
    "<resume",
    "<failed xmlns='urn:xmpp:sm:3'><item-not-found xmlns='urn:ietf:params:xml:ns:"
    "xmpp-stanzas'/></failed>"};

Script operator+(Script a, const Script& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}
Script all() {
    return before_tls + login_steps + session_steps;
}
Script refusing() {
    return before_tls + Script{
                            mechanisms,
                            {"<auth",
                             "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
                             "<not-authorized/></failure></stream:stream>"}};
}
std::string stream_error(const std::string& condition) {
    return "<stream:error>" + condition + "</stream:error></stream:stream>";
}
std::string other_host(const std::string& host) {
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

xmpp::Stanza text(std::string_view id, std::string_view body = "hi") {
    auto stanza = xmpp::Stanza::message(
        xmpp::StanzaType::chat, {}, xmpp::Jid::parse("romeo@example.net").value(), id
    );
    stanza.element().add("body", "jabber:client").add_text(body);
    return stanza;
}

struct World final : net::ClientLinkHandler {
    FakeLoop loop;
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

    explicit World(net::ClientPlace place = {"example.org", {}, {}, {}, {}}) {
        net::ClientLinkOptions options;
        options.place = std::move(place);
        options.login = [this] {
            xmpp::ClientOptions login;
            login.user = "juliet";
            login.secrets.password = password;
            login.management = management;
            also(login);
            return login;
        };
        net::ClientRoute route;
        route.look_up = [this](const std::string& domain, net::SrvResolver::Done done) {
            looked_up.push_back(domain);
            boost::asio::post(loop.io, [this, done = std::move(done)] { done(dns); });
        };
        route.connect = [this](net::ConnectOptions o, net::ConnectDone done) {
            connect(std::move(o), std::move(done));
        };
        net::ClientLink::Tools tools(loop.timers, loop.log, std::move(route), [this] {
            return random;
        });
        link = std::make_unique<net::ClientLink>(std::move(tools), std::move(options), *this);
    }
    void connect(net::ConnectOptions options, net::ConnectDone done) {
        tried.push_back(options);
        const auto script = scripts.find(options.address.host);
        if (script == scripts.end()) {
            const Error error = net::make_error(refusal, options.address.host);
            boost::asio::post(loop.io, [done = std::move(done), error] { done(error); });
            return;
        }
        auto [client, server] = make_pipe(loop.io.get_executor(), faults);
        hosts.push_back(std::make_unique<Host>(std::move(server), script->second));
        auto shared = std::make_shared<std::unique_ptr<net::ByteStream>>(std::move(client));
        boost::asio::post(loop.io, [options, done = std::move(done), shared] {
            if (options.on_tls) options.on_tls({});
            done(std::move(*shared));
        });
    }
    World& start() {
        link->start();
        EXPECT_TRUE(downs.empty()) << "never from within the call";
        loop.settle();
        return *this;
    }
    Host& host() { return *hosts.back(); }
    /// The connection breaks; what the next one meets is `next`.
    void lose(Script next) {
        for (auto& [name, script] : scripts) script = next;
        hosts.back()->stream.reset();
        loop.settle();
    }

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

TEST(ClientLink, finds_its_server_logs_in_and_carries_stanzas_both_ways) {
    World world;
    world.scripts["a.example.net"] = all();
    world.start();
    ASSERT_EQ(world.link->state(), LinkState::up);
    EXPECT_EQ(world.looked_up, std::vector<std::string>{"example.org"});
    EXPECT_EQ(world.tried[0].tls_name, "example.org") << "never what DNS said";
    EXPECT_EQ(world.tried[0].tls, nullptr) << "STARTTLS";
    EXPECT_TRUE(world.link->send(text("m1")).value());
    world.loop.settle();
    EXPECT_TRUE(world.host().was_told("id='m1'"));
    world.host().stream->write(
        "<message from='romeo@example.net/x' id='r1'><body>yo</body></message>"
    );
    world.loop.settle();
    ASSERT_EQ(world.stanzas.size(), 1U);
    EXPECT_EQ(world.stanzas[0].id(), "r1");
}

TEST(ClientLink, begins_with_tls_where_dns_says_so) {
    World world;
    world.dns = std::vector<Target>{{"a.example.net", 443, true}};
    world.scripts["a.example.net"] = login_steps + session_steps;
    world.start();
    EXPECT_EQ(world.link->state(), LinkState::up);
    EXPECT_NE(world.tried[0].tls, nullptr);
}

TEST(ClientLink, goes_where_the_operator_says_and_expects_whom_the_operator_says) {
    World world({"ya.example", "push.example.net", std::uint16_t{5223}, true, "cert.example"});
    world.scripts["push.example.net"] = login_steps + session_steps;
    world.start();
    EXPECT_EQ(world.link->state(), LinkState::up);
    EXPECT_TRUE(world.looked_up.empty());
    EXPECT_EQ(world.tried[0].address.port, 5223);
    EXPECT_EQ(world.tried[0].tls_name, "cert.example");
    EXPECT_NE(world.tried[0].tls, nullptr);
}

TEST(ClientLink, tries_target_after_target_before_it_waits) {
    World world;
    world.dns = std::vector<Target>{
        {"gone.example.net", 5222, false},
        {"refuses.example.net", 5222, false},
        {"a.example.net", 5222, false}};
    world.scripts["a.example.net"] = all();
    world.scripts["refuses.example.net"] = {
        before_tls[0],
        {"<starttls", "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>"}};
    world.start();
    EXPECT_EQ(world.link->state(), LinkState::up);
    EXPECT_EQ(world.tried.size(), 3U);
    EXPECT_TRUE(world.downs.empty());
}

TEST(ClientLink, waits_longer_and_longer_and_asks_dns_anew) {
    World world;
    world.start();
    ASSERT_EQ(world.downs.size(), 1U);
    EXPECT_EQ(world.downs[0].fault, LinkFault::unreachable);
    EXPECT_EQ(world.downs[0].reason, "connect");
    EXPECT_LE(world.downs[0].retry_in, seconds(60)) << "RFC 6120 §3.3";
    world.loop.advance(seconds(60));
    ASSERT_EQ(world.downs.size(), 2U);
    EXPECT_GT(world.downs[1].retry_in, world.downs[0].retry_in);
    EXPECT_EQ(world.looked_up.size(), 2U);
    world.scripts["a.example.net"] = all();
    world.loop.advance(minutes(2));
    EXPECT_EQ(world.ups, 1);
}

TEST(ClientLink, does_not_come_back_at_the_same_time_as_all_others) {
    World early, late;
    early.random = 0;
    late.random = 0.999;
    const auto first = early.start().downs.at(0).retry_in;
    const auto last = late.start().downs.at(0).retry_in;
    EXPECT_GT(first, seconds(0));
    EXPECT_LT(first, seconds(2));
    EXPECT_GT(last, seconds(58));
}

TEST(ClientLink, never_tries_a_wrong_password_twice) {
    World world;
    world.dns = std::vector<Target>{{"a.example.net", 5222, false}, {"b.example.net", 5222, false}};
    world.scripts["a.example.net"] = world.scripts["b.example.net"] = refusing();
    world.start();
    ASSERT_EQ(world.downs.size(), 1U);
    EXPECT_EQ(world.downs[0].reason, "sasl-not-authorized");
    EXPECT_TRUE(world.downs[0].needs_operator());
    EXPECT_EQ(world.downs[0].retry_in.count(), 0);
    world.loop.advance(std::chrono::hours(24));
    EXPECT_EQ(world.tried.size(), 1U);
    EXPECT_EQ(world.link->state(), LinkState::waiting);
    world.link->retry_now();
    world.loop.settle();
    EXPECT_EQ(world.looked_up.size(), 2U) << "DNS is asked anew";
}

TEST(ClientLink, logs_in_with_a_changed_secret_when_told) {
    World world;
    world.scripts["a.example.net"] = refusing();
    world.start();
    world.password = "new";
    world.scripts["a.example.net"] = all();
    world.scripts["a.example.net"][3].heard = ">AGp1bGlldABuZXc=<";  // NUL juliet NUL new
    world.link->retry_now();
    world.loop.settle();
    EXPECT_EQ(world.ups, 1);
}

TEST(ClientLink, does_not_fight_over_its_place) {
    World world;
    world.scripts["a.example.net"] = all();
    world.start();
    world.host().stream->write(
        stream_error("<conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>")
    );
    world.loop.settle();
    ASSERT_EQ(world.downs.size(), 1U);
    EXPECT_EQ(world.downs[0].fault, LinkFault::conflict);
    world.loop.advance(std::chrono::hours(24));
    EXPECT_EQ(world.tried.size(), 1U);
}

// RFC 6120 §4.9.3.16: after changed credentials, say; a token of before stands for nothing.
TEST(ClientLink, comes_back_with_its_password_after_a_reset) {
    World world;
    world.also = [](xmpp::ClientOptions& login) {
        login.secrets.fast_token = "token";
        login.secrets.fast_mechanism = "HT-SHA-256-NONE";
        login.agent.id = "d4565fa7-4d72-4749-b3d3-740edbf87770";
    };
    const std::string offer =
        "<authentication xmlns='urn:xmpp:sasl:2'><mechanism>PLAIN</mechanism><inline>"
        "<fast xmlns='urn:xmpp:fast:0'><mechanism>HT-SHA-256-NONE</mechanism></fast></inline>"
        "</authentication>";
    world.scripts["a.example.net"] =
        before_tls + Script{
                         {"<stream:stream", header(offer)},
                         {"<authenticate",
                          stream_error("<reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>")}};
    world.start();
    EXPECT_TRUE(world.host().was_told("mechanism='HT-SHA-256-NONE'"));
    ASSERT_EQ(world.downs.size(), 1U);
    EXPECT_EQ(world.downs[0].reason, "reset");
    world.loop.advance(minutes(1));
    EXPECT_TRUE(world.host().was_told("mechanism='PLAIN'"));
}

TEST(ClientLink, leaves_a_server_alone_that_shuts_down) {
    World world;
    world.scripts["a.example.net"] = all();
    world.start();
    world.host().stream->write(
        stream_error("<system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>")
    );
    world.loop.settle();
    ASSERT_EQ(world.downs.size(), 1U);
    EXPECT_EQ(world.downs[0].fault, LinkFault::busy);
    EXPECT_GE(world.downs[0].retry_in, seconds(60));
    world.scripts["a.example.net"] = before_tls + login_steps + Script{forgotten} + session_steps;
    world.loop.advance(minutes(3));
    EXPECT_EQ(world.ups, 2);
}

TEST(ClientLink, stops_where_the_domain_has_no_service) {
    World world;
    world.dns = std::vector<Target>();
    world.start();
    ASSERT_EQ(world.downs.size(), 1U);
    EXPECT_EQ(world.downs[0].reason, "no-service");
    EXPECT_EQ(world.downs[0].retry_in.count(), 0);
    EXPECT_TRUE(world.tried.empty());
}

TEST(ClientLink, is_loud_and_patient_about_a_bad_certificate) {
    World world;
    world.refusal = net::Fault::certificate;
    world.start();
    ASSERT_EQ(world.downs.size(), 1U);
    EXPECT_EQ(world.downs[0].reason, "tls-certificate");
    EXPECT_TRUE(world.downs[0].needs_operator());
    EXPECT_GE(world.downs[0].retry_in, minutes(1));
}

// ---- XEP-0198 ----

TEST(ClientLink, goes_on_with_its_session_after_a_break) {
    World world;
    world.scripts["a.example.net"] = all();
    world.start();
    for (const char* id : {"m1", "m2"}) EXPECT_TRUE(world.link->send(text(id)).value());
    world.loop.settle();
    world.lose(before_tls + login_steps + Script{resumed});
    ASSERT_EQ(world.downs.size(), 1U);
    EXPECT_EQ(world.downs[0].fault, LinkFault::lost);
    EXPECT_FALSE(world.link->send(text("m3")).value());
    world.loop.advance(minutes(1));
    EXPECT_EQ(world.resumptions, 1);
    EXPECT_FALSE(world.host().was_told("id='m1'")) << "it had arrived";
    EXPECT_TRUE(world.host().was_told("id='m2'"));
    EXPECT_TRUE(world.left_over.empty());
}

TEST(ClientLink, says_what_may_be_lost_when_its_session_is_gone) {
    World world;
    world.scripts["a.example.net"] = all();
    world.start();
    for (const char* id : {"m1", "m2"}) EXPECT_TRUE(world.link->send(text(id)).value());
    world.loop.settle();
    world.lose(before_tls + login_steps + Script{forgotten} + session_steps);
    world.loop.advance(minutes(1));
    EXPECT_EQ(world.ups, 2);
    EXPECT_EQ(world.resumptions, 0);
    EXPECT_EQ(world.left_over, (std::vector<std::string>{"m1", "m2"}));
}

TEST(ClientLink, keeps_its_session_over_attempts_that_fail) {
    World world;
    world.scripts["a.example.net"] = all();
    world.start();
    EXPECT_TRUE(world.link->send(text("m1")).value());
    world.loop.settle();
    world.lose({{"<stream:stream", "<stream:stream xmlns='nonsense'>"}});
    world.loop.advance(minutes(1));
    ASSERT_EQ(world.downs.size(), 2U);
    world.scripts["a.example.net"] = before_tls + login_steps + Script{resumed};
    world.link->retry_now();
    world.loop.settle();
    EXPECT_EQ(world.resumptions, 1);
}

TEST(ClientLink, takes_no_more_than_may_be_unacknowledged) {
    World world;
    world.management.stanzas = 2;
    world.scripts["a.example.net"] = all();
    world.start();
    EXPECT_TRUE(world.link->send(text("m1")).value());
    EXPECT_TRUE(world.link->send(text("m2")).value());
    EXPECT_FALSE(world.link->send(text("m3")).value());
    world.loop.settle();
    EXPECT_EQ(world.writable, 0);
    world.host().stream->write("<a xmlns='urn:xmpp:sm:3' h='1'/>");
    world.loop.settle();
    EXPECT_EQ(world.writable, 1);
    EXPECT_TRUE(world.link->send(text("m3")).value());
}

TEST(ClientLink, takes_no_more_than_its_queue_holds) {
    World world;
    world.management = {100'000, 1U << 30U, seconds(60)};
    world.scripts["a.example.net"] = all();
    world.start();
    world.host().stream->set_reading(false);
    const std::string body(100'000, 'x');
    int taken = 0;
    while (taken < 100 && world.link->send(text("m", body)).value()) ++taken;
    EXPECT_GT(taken, 5);
    EXPECT_LT(taken, 20);
    world.loop.settle();
    EXPECT_EQ(world.writable, 0);
    world.host().stream->set_reading(true);
    world.loop.settle();
    EXPECT_EQ(world.writable, 1);
}

// ---- redirects (RFC 6120 §4.9.3.19) ----

TEST(ClientLink, follows_a_server_that_it_knows_to_another_host) {
    World world;
    world.scripts["a.example.net"] =
        before_tls + Script{{"<stream:stream", opened + other_host("b.example.net:5299")}};
    world.scripts["b.example.net"] = all();
    world.start();
    EXPECT_EQ(world.ups, 1);
    EXPECT_EQ(world.tried.back().address.port, 5299);
    EXPECT_EQ(world.tried.back().tls_name, "example.org") << "it is still the domain's server";
    EXPECT_TRUE(world.downs.empty());
}

TEST(ClientLink, follows_nobody_in_the_clear) {
    World world;
    world.scripts["a.example.net"] = {{"<stream:stream", opened + other_host("evil.example.net")}};
    world.scripts["evil.example.net"] = all();
    world.start();
    EXPECT_EQ(world.tried.size(), 1U);
    EXPECT_EQ(world.downs.size(), 1U);
}

TEST(ClientLink, is_not_sent_in_circles) {
    World world;
    world.scripts["a.example.net"] =
        before_tls + Script{{"<stream:stream", opened + other_host("a.example.net")}};
    world.start();
    EXPECT_EQ(world.tried.size(), 4U);
    ASSERT_EQ(world.downs.size(), 1U);
    EXPECT_EQ(world.downs[0].reason, "see-other-host");
    EXPECT_GT(world.downs[0].retry_in.count(), 0);
}

// ---- the end ----

TEST(ClientLink, says_goodbye_and_what_is_left_over) {
    World world;
    world.scripts["a.example.net"] = all();
    world.start();
    EXPECT_TRUE(world.link->send(text("m1")).value());
    world.loop.settle();
    bool stopped = false;
    world.link->stop([&] { stopped = true; });
    world.loop.settle();
    EXPECT_TRUE(world.host().was_told("</stream:stream>"));
    EXPECT_FALSE(stopped);
    world.host().stream->write("</stream:stream>");
    world.loop.settle();
    world.loop.advance(seconds(3));
    EXPECT_TRUE(stopped);
    EXPECT_EQ(world.left_over, std::vector<std::string>{"m1"});
    EXPECT_EQ(world.link->state(), LinkState::stopped);
    EXPECT_EQ(world.downs.back().fault, LinkFault::stopped);
}

TEST(ClientLink, says_what_is_left_over_of_a_stream_that_has_just_ended) {
    World world;
    world.scripts["a.example.net"] = all();
    world.start();
    EXPECT_TRUE(world.link->send(text("m1")).value());
    world.loop.settle();
    world.host().stream->write(
        stream_error("<system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>")
    );
    world.loop.settle();
    ASSERT_EQ(world.link->state(), LinkState::waiting);
    world.link->stop([] {});
    world.loop.settle();
    EXPECT_EQ(world.left_over, std::vector<std::string>{"m1"});
}

TEST(ClientLink, stops_within_its_grace_whatever_the_server_does) {
    World world;
    world.scripts["a.example.net"] = all();
    world.start();
    bool stopped = false;
    world.link->stop([&] { stopped = true; });
    world.loop.settle();
    world.loop.advance(seconds(8));
    EXPECT_TRUE(stopped);
}

TEST(ClientLink, may_be_destroyed_at_any_time_in_silence) {
    for (const std::size_t steps : {0U, 1U, 3U, 7U}) {
        World world;
        Script script = all();
        script.resize(std::min<std::size_t>(steps, script.size()));
        world.scripts["a.example.net"] = script;
        world.start();
        world.link.reset();
        world.loop.settle();
        EXPECT_TRUE(world.downs.empty());
        EXPECT_EQ(world.loop.timers.size(), 0U) << "a deadline was left behind";
    }
}

TEST(ClientLink, recovers_wherever_the_connection_breaks) {
    for (std::size_t fail_at = 1; fail_at < 60; ++fail_at) {
        World world;
        world.scripts["a.example.net"] = all();
        world.faults.fail_at = fail_at;
        world.faults.read_bytes = 50;
        world.start();
        world.faults = {};
        world.scripts["a.example.net"] =
            world.ups > 0 ? before_tls + login_steps + Script{forgotten} + session_steps : all();
        for (int round = 0; round < 3 && world.link->state() != LinkState::up; ++round)
            world.loop.advance(minutes(10));
        EXPECT_TRUE(world.link->send(text("m1")).value()) << "broken at operation " << fail_at;
    }
}

}  // namespace
}  // namespace sallyport::test
