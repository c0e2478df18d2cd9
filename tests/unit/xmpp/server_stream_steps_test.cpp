// SPDX-License-Identifier: Apache-2.0
// What a transcript cannot say of the server's stream: how bytes come together in one read, what is
// one write, and what must differ from stream to stream.
#include <set>

#include <gtest/gtest.h>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/stream/server_stream.hpp"

namespace sallyport::xmpp {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view header =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "to='example.org' version='1.0'>";
constexpr std::string_view starttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

ServerStreamOptions with(TlsPolicy tls) {
    ServerStreamOptions options;
    options.domain = *Jid::parse("example.org");
    options.tls = tls;
    options.mechanisms = {"EXTERNAL", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "PLAIN"};
    return options;
}

/// A stream and all that it has said.
struct Spoken {
    explicit Spoken(ServerStreamOptions options, std::string seed = "seed")
        : stream(std::make_shared<ServerStreamOptions>(std::move(options)), std::move(seed)) {}

    Spoken& feed(std::string_view bytes) {
        stream.feed(bytes, now);
        return drain();
    }
    Spoken& drain() {
        while (auto output = stream.poll()) take(std::move(*output));
        return *this;
    }
    void take(ServerStream::Output output) {
        if (auto* event = std::get_if<ServerStream::Event>(&output)) {
            events.push_back(std::move(*event));
            return;
        }
        Action& action = std::get<Action>(output);
        if (auto* write = std::get_if<Write>(&action)) {
            said += write->bytes;
            ++writes;
        } else if (auto* close = std::get_if<Close>(&action)) {
            closed = close->reason;
        } else {
            wants_tls = true;
        }
    }
    Spoken& start() {
        stream.start(now);
        return drain();
    }
    /// As far as a session, with a user who is believed.
    Spoken& log_in() {
        start().feed(header);
        feed(
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" +
            base64_encode(std::string_view("\0juliet\0x", 9)) + "</auth>"
        );
        stream.answer(sasl::Answer(sasl::Granted{"juliet", {}}), now);
        drain().feed(header);
        feed("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
        stream.answer(Bound{*Jid::parse("juliet@example.org/b"), {}}, now);
        return drain();
    }
    bool has_said(std::string_view text) const { return said.find(text) != said.npos; }

    TimePoint now{};
    ServerStream stream;
    std::string said;
    std::vector<ServerStream::Event> events;
    int writes = 0;
    bool wants_tls = false;
    std::string closed;
};

std::string id_of(std::string_view said) {
    std::size_t at = said.rfind(" id='") + 5;
    return std::string(said.substr(at, said.find('\'', at) - at));
}

// ---- X10, CVE-2011-0411: nothing of the clear may reach what TLS protects ----

TEST(ServerStream, refuses_a_stream_in_the_read_of_starttls) {
    Spoken peer(with(TlsPolicy::required));
    peer.start().feed(header).feed(std::string(starttls) + std::string(header));
    EXPECT_FALSE(peer.wants_tls);
    EXPECT_FALSE(peer.has_said("<proceed"));
    EXPECT_EQ(peer.closed, "policy-violation");
}

// go-xmpp ends its elements with a line end. It is dropped: what TLS protects begins without it.
TEST(ServerStream, drops_white_space_in_the_read_of_starttls) {
    Spoken peer(with(TlsPolicy::required));
    peer.start().feed(header).feed(std::string(starttls) + "\n");
    EXPECT_TRUE(peer.wants_tls);
    EXPECT_TRUE(peer.said.ends_with("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"));
}

TEST(ServerStream, refuses_what_white_space_hides_in_the_read_of_starttls) {
    for (const char* hidden : {"\n<", "\n<a", " x", "\n<iq type='get'/>"}) {
        Spoken peer(with(TlsPolicy::required));
        peer.start().feed(header).feed(std::string(starttls) + hidden);
        EXPECT_FALSE(peer.wants_tls) << hidden;
        EXPECT_EQ(peer.closed.empty(), false) << hidden;
    }
}

TEST(ServerStream, refuses_half_a_tag_in_the_read_of_starttls) {
    Spoken peer(with(TlsPolicy::required));
    peer.start().feed(header).feed(std::string(starttls) + "<auth a='>");
    EXPECT_FALSE(peer.wants_tls);
    EXPECT_EQ(peer.closed, "policy-violation");
}

TEST(ServerStream, says_nothing_more_in_the_clear_behind_proceed) {
    Spoken peer(with(TlsPolicy::required));
    peer.start().feed(header).feed(starttls);
    ASSERT_TRUE(peer.wants_tls);
    peer.said.clear();
    peer.feed("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAYg==</auth>");
    EXPECT_EQ(peer.said, "");
    EXPECT_EQ(peer.closed, "policy-violation");
}

TEST(ServerStream, takes_header_and_starttls_of_one_read) {
    Spoken peer(with(TlsPolicy::required));
    peer.start().feed(std::string(header) + std::string(starttls));
    EXPECT_TRUE(peer.wants_tls);
    EXPECT_TRUE(peer.said.ends_with("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"));
}

TEST(ServerStream, says_proceed_before_it_wants_tls) {
    Spoken peer(with(TlsPolicy::required));
    peer.start().feed(header);
    peer.stream.feed(starttls, peer.now);
    auto first = peer.stream.poll(), second = peer.stream.poll();
    ASSERT_TRUE(first && second);
    EXPECT_TRUE(std::holds_alternative<Write>(std::get<Action>(*first)));
    EXPECT_TRUE(std::holds_alternative<StartTls>(std::get<Action>(*second)));
}

// ---- TLS and what it brings ----

TEST(ServerStream, offers_bindings_and_plus_on_direct_tls) {
    Spoken peer(with(TlsPolicy::done));
    peer.stream.tls_done({"exporter", "end-point"});
    peer.start().feed(header);
    EXPECT_TRUE(peer.stream.is_secure());
    EXPECT_TRUE(peer.has_said("<mechanism>SCRAM-SHA-1-PLUS</mechanism>"));
    EXPECT_TRUE(
        peer.has_said("<channel-binding type='tls-server-end-point'/>"
                      "<channel-binding type='tls-exporter'/>")
    );
    EXPECT_FALSE(peer.has_said("<starttls"));
}

TEST(ServerStream, offers_no_bindings_where_no_mechanism_uses_them) {
    ServerStreamOptions options = with(TlsPolicy::done);
    options.mechanisms = {"PLAIN"};
    Spoken peer(std::move(options));
    peer.stream.tls_done({"exporter", "end-point"});
    peer.start().feed(header);
    EXPECT_FALSE(peer.has_said("sasl-channel-binding"));
}

/// Direct TLS: what the certificate says is known, and asked about, before the stream begins.
TEST(ServerStream, offers_external_to_a_certificate_that_stands_for_somebody) {
    TlsDone shown;
    shown.certified = {"juliet@example.org"};
    for (const bool is_account : {true, false}) {
        Spoken peer(with(TlsPolicy::done));
        peer.stream.tls_done(shown);
        peer.start().feed(header);
        ASSERT_EQ(peer.events.size(), 1u);
        const std::vector<std::string> asked = std::get<AskCertified>(peer.events[0]).users;
        EXPECT_EQ(asked, std::vector<std::string>{"juliet"});
        EXPECT_EQ(peer.said, "") << "features wait for the answer";
        peer.stream.answer(Certified{is_account ? asked : std::vector<std::string>()}, peer.now);
        peer.drain();
        EXPECT_EQ(peer.has_said("<mechanism>EXTERNAL</mechanism>"), is_account);
        EXPECT_TRUE(peer.has_said("<mechanism>PLAIN</mechanism>"));
    }
}

TEST(ServerStream, looks_up_sixteen_names_of_a_certificate_at_most) {
    TlsDone shown;
    for (int i = 0; i < 100; ++i) shown.certified.push_back(std::to_string(i) + "@example.org");
    Spoken peer(with(TlsPolicy::done));
    peer.stream.tls_done(shown);
    peer.start();
    EXPECT_EQ(std::get<AskCertified>(peer.events.at(0)).users.size(), 16u);
}

TEST(ServerStream, overlooks_what_is_no_address_in_a_certificate) {
    TlsDone shown;
    shown.certified = {
        std::string("juliet@example.org\0.example.net", 31),
        "",
        "example.org",
        "@example.org",
        "juliet@example.org/balcony",
        "*@",
        "a b@example.org"};
    Spoken peer(with(TlsPolicy::done));
    peer.stream.tls_done(shown);
    EXPECT_FALSE(peer.start().feed(header).has_said("EXTERNAL"));
    EXPECT_TRUE(peer.events.empty());
}

TEST(ServerStream, omits_an_empty_list_of_mechanisms) {
    ServerStreamOptions options = with(TlsPolicy::off);
    options.mechanisms = {"PLAIN"};
    Spoken peer(std::move(options));
    EXPECT_FALSE(peer.start().feed(header).has_said("mechanisms"));
}

// ---- X4: ids ----

TEST(ServerStream, gives_each_stream_another_id) {
    std::set<std::string> ids;
    for (std::string seed : {"one", "two"}) {
        Spoken peer(with(TlsPolicy::required), seed);
        peer.start().feed(header);
        ids.insert(id_of(peer.said));
        peer.feed(starttls);
        peer.stream.tls_done({});
        peer.said.clear();
        peer.feed(header);
        ids.insert(id_of(peer.said));
    }
    EXPECT_EQ(ids.size(), 4u);
    for (const std::string& id : ids) EXPECT_EQ(id.size(), 32u);
}

TEST(ServerStream, gives_each_session_another_id_to_resume_it_by) {
    std::set<std::string> ids;
    for (std::string seed : {"one", "two"}) {
        Spoken peer(with(TlsPolicy::done), seed);
        peer.log_in().feed("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
        ids.insert(std::get<ManagementEnabled>(peer.events.back()).resume_id);
    }
    EXPECT_EQ(ids.size(), 2u);
    EXPECT_EQ(ids.begin()->size(), 32u);
}

// ---- writes ----

TEST(ServerStream, says_header_and_features_in_one_write) {
    Spoken peer(with(TlsPolicy::done));
    peer.start().feed(header);
    EXPECT_EQ(peer.writes, 1);
    EXPECT_TRUE(peer.said.ends_with("</stream:features>"));
}

TEST(ServerStream, gathers_many_stanzas_into_one_write) {
    Spoken peer(with(TlsPolicy::done));
    peer.log_in();
    peer.writes = 0;
    Stanza stanza = Stanza::message(StanzaType::chat, *Jid::parse("a@b"), {}, "1");
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(peer.stream.send(stanza, peer.now));
    EXPECT_GT(peer.stream.unsent_bytes(), 1000u);
    peer.drain();
    EXPECT_EQ(peer.writes, 1);
    EXPECT_EQ(peer.stream.unsent_bytes(), 0u);
}

TEST(ServerStream, refuses_to_send_what_no_peer_takes) {
    Spoken peer(with(TlsPolicy::done));
    peer.log_in();
    peer.said.clear();
    Stanza stanza = Stanza::message(StanzaType::chat, *Jid::parse("a@b"), {}, "1");
    stanza.element().add("body", ns::client).add_text(std::string(2'000'000, 'x'));
    auto sent = peer.stream.send(stanza, peer.now);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().detail, "too-long");
    EXPECT_EQ(peer.drain().said, "");
    EXPECT_FALSE(peer.stream.is_over());
}

// ---- the unacknowledged ----

TEST(ServerStream, hands_over_what_was_not_acknowledged) {
    Spoken peer(with(TlsPolicy::done));
    peer.log_in().feed("<enable xmlns='urn:xmpp:sm:3'/>");
    Stanza stanza = Stanza::message(StanzaType::chat, *Jid::parse("a@b"), {}, "it's 1");
    stanza.element().add("body", ns::client).add_text("a < b");
    ASSERT_TRUE(peer.stream.send(stanza, peer.now + 5s));
    peer.stream.closed(peer.now);
    peer.drain();
    auto management = peer.stream.take_management();
    ASSERT_TRUE(management);
    auto waiting = management->take_unacknowledged();
    ASSERT_EQ(waiting.size(), 1u);
    EXPECT_EQ(waiting[0].stanza.element(), stanza.element());
    EXPECT_EQ(waiting[0].sent, peer.now + 5s);
    EXPECT_EQ(peer.stream.take_management(), nullptr);
}

TEST(ServerStream, lives_on_when_its_session_is_taken_over) {
    Spoken peer(with(TlsPolicy::done));
    peer.log_in().feed("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    ASSERT_TRUE(peer.stream.take_management());
    peer.feed("<presence/><r xmlns='urn:xmpp:sm:3'/><a xmlns='urn:xmpp:sm:3' h='1'/>");
    peer.stream.close(StreamError(StreamCondition::conflict), peer.now);
    EXPECT_EQ(peer.drain().closed, "conflict");
}

// ---- time ----

TEST(ServerStream, has_a_deadline_until_its_end) {
    Spoken peer(with(TlsPolicy::done));
    EXPECT_FALSE(peer.stream.deadline());
    peer.start();
    EXPECT_EQ(peer.stream.deadline(), peer.now + 30s);
    peer.log_in();
    EXPECT_TRUE(peer.stream.deadline());
    peer.stream.closed(peer.now);
    EXPECT_FALSE(peer.stream.deadline());
}

TEST(ServerStream, does_not_move_its_deadline_with_each_read) {
    Spoken peer(with(TlsPolicy::done));
    peer.log_in();
    auto before = peer.stream.deadline();
    peer.now += 60s;
    peer.feed("<presence/>");
    EXPECT_EQ(peer.stream.deadline(), before);
    peer.said.clear();
    peer.stream.tick(*before);
    EXPECT_EQ(peer.drain().said, "");
    EXPECT_EQ(peer.stream.deadline(), peer.now + 5min);
}

}  // namespace
}  // namespace sallyport::xmpp
