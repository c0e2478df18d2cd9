// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/component_stream.hpp"

#include <gtest/gtest.h>

#include "tests/support/play.hpp"
#include "tests/support/stream_script.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::xmpp {
namespace {

using namespace std::chrono_literals;

ComponentOptions options(std::string secret = "test") {
    ComponentOptions options;
    options.domain = *Jid::parse("sms.example.org");
    options.secret = std::move(secret);
    return options;
}

using test::parse_stanza;

struct ComponentScript {
    std::unique_ptr<ComponentStream> make() { return std::make_unique<ComponentStream>(options()); }

    std::string tell(const ComponentStream::Event& event) {
        if (const auto* up = std::get_if<Established>(&event))
            return "established " + up->domain.str();
        if (const auto* got = std::get_if<Received>(&event)) return test::words_of(*got);
        if (const auto* end = std::get_if<Ended>(&event)) return test::words_of(*end);
        return test::words_of(std::get<Malformed>(event));
    }

    std::optional<std::string> act(
        ComponentStream& stream, std::string_view command, TimePoint now
    ) {
        std::string_view word = command.substr(0, command.find(' '));
        if (word == "send") {
            Result<void> sent = stream.send(parse_stanza(command.substr(5)));
            if (!sent) return "refused " + sent.error().detail;
        } else if (word == "close") {
            stream.close(now);
        } else if (word == "space") {
            stream.send_space();
        } else if (word == "rest") {
            stream.rest();
        } else {
            ADD_FAILURE() << "no such command: " << command;
        }
        return std::nullopt;
    }
};

class ComponentTranscript : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(ComponentTranscript, is_played) {
    test::play(GetParam(), [] {
        return std::make_unique<test::Played<ComponentStream, ComponentScript>>(ComponentScript{});
    });
}

INSTANTIATE_TEST_SUITE_P(
    Golden,
    ComponentTranscript,
    testing::ValuesIn(test::golden("component_stream")),
    [](const auto& name) { return name.param.stem().string(); }
);

// Two machines, joined: what one writes the other is fed.
struct Pair {
    explicit Pair(std::string secret = "test", std::string domain = "sms.example.org")
        : component(options(std::move(secret))),
          host({{std::move(domain), "test"}}, "a&'<id", {}, {}) {
        component.start(now);
        host.start(now);
        run();
    }

    void run() {
        while (step(component, host, told_component) || step(host, component, told_host)) {
        }
    }

    template <class From, class To>
    bool step(From& from, To& to, std::vector<ComponentLink::Event>& told) {
        auto output = from.poll();
        if (!output) return false;
        if (auto* event = std::get_if<ComponentLink::Event>(&*output))
            told.push_back(*event);
        else if (auto* write = std::get_if<Write>(&std::get<Action>(*output)))
            ++writes, to.feed(write->bytes, now);
        return true;
    }

    TimePoint now{};
    int writes = 0;
    ComponentStream component;
    ComponentAcceptor host;
    std::vector<ComponentLink::Event> told_component;
    std::vector<ComponentLink::Event> told_host;
};

std::string reason(const std::vector<ComponentLink::Event>& told) {
    const auto* ended = told.empty() ? nullptr : std::get_if<Ended>(&told.back());
    return ended ? ended->reason : "none";
}

TEST(ComponentAcceptor, accepts_a_component_that_knows_the_secret) {
    Pair pair;
    EXPECT_TRUE(pair.component.is_established());
    EXPECT_TRUE(pair.host.is_established());
}

TEST(ComponentAcceptor, refuses_a_wrong_secret) {
    Pair pair("guess");
    EXPECT_EQ(reason(pair.told_component), "not-authorized");
    EXPECT_TRUE(pair.host.is_over());
}

TEST(ComponentAcceptor, refuses_an_unknown_name) {
    Pair pair("test", "irc.example.org");
    EXPECT_EQ(reason(pair.told_component), "host-unknown");
}

TEST(ComponentAcceptor, tells_a_second_one_that_knows_the_secret_of_the_conflict) {
    ComponentAcceptor host({{"sms.example.org", "test", true}}, "3BF96D32", {}, {});
    host.start({});
    host.feed(
        "<stream:stream xmlns='jabber:component:accept' to='sms.example.org' "
        "xmlns:stream='http://etherx.jabber.org/streams'>"
        "<handshake>aaee83c26aeeafcbabeabfcbcd50df997e0a2a1e</handshake>",
        {}
    );
    const auto output = host.poll();
    ASSERT_TRUE(output);
    const std::string& bytes = std::get<Write>(std::get<Action>(*output)).bytes;
    EXPECT_NE(bytes.find("<conflict "), std::string::npos) << bytes;
    EXPECT_EQ(bytes.find("<handshake"), std::string::npos);
}

TEST(ComponentAcceptor, is_ended_by_its_owner_with_a_reason_once) {
    Pair pair;
    pair.host.refuse(StreamCondition::system_shutdown, "The server stops.");
    pair.host.refuse(StreamCondition::conflict, "Too late.");
    pair.run();
    EXPECT_EQ(reason(pair.told_component), "system-shutdown");
    EXPECT_EQ(reason(pair.told_host), "system-shutdown");
}

TEST(ComponentAcceptor, speaks_for_anybody) {
    Pair pair;
    EXPECT_TRUE(pair.host.send(parse_stanza(
        "<message xmlns='jabber:client' from='alice@example.org/x' to='1@sms.example.org'/>"
    )));
}

TEST(ComponentAcceptor, wants_a_name) {
    ComponentAcceptor host({{"sms.example.org", "test"}}, "1", {}, {});
    host.start({});
    host.feed(
        "<stream:stream xmlns='jabber:component:accept' "
        "xmlns:stream='http://etherx.jabber.org/streams'>",
        {}
    );
    auto output = host.poll();
    ASSERT_TRUE(output);
    EXPECT_NE(
        std::get<Write>(std::get<Action>(*output)).bytes.find("<improper-addressing"),
        std::string::npos
    );
}

TEST(ComponentAcceptor, sends_its_header_before_an_error) {
    ComponentAcceptor host({{"sms.example.org", "test"}}, "1", {}, {});
    host.start({});
    host.feed("nonsense", {});
    auto output = host.poll();
    ASSERT_TRUE(output);
    const std::string& bytes = std::get<Write>(std::get<Action>(*output)).bytes;
    EXPECT_TRUE(bytes.starts_with("<?xml version='1.0'?><stream:stream")) << bytes;
    EXPECT_TRUE(bytes.ends_with("</stream:stream>")) << bytes;
}

TEST(ComponentStream, gathers_many_stanzas_into_one_write) {
    Pair pair;
    int before = pair.writes;
    for (int i = 0; i < 100; ++i) {
        Stanza stanza =
            parse_stanza("<presence xmlns='jabber:client' from='1@sms.example.org' to='a@b'/>");
        ASSERT_TRUE(pair.component.send(stanza));
    }
    pair.told_host.clear();
    pair.run();
    EXPECT_EQ(pair.writes, before + 1);
}

TEST(ComponentStream, hands_stanzas_to_both_sides) {
    Pair pair;
    Stanza out = parse_stanza(
        "<message xmlns='jabber:client' from='1@sms.example.org' to='a@b' "
        "id='x'><body>hi</body></message>"
    );
    ASSERT_TRUE(pair.component.send(out));
    pair.run();
    ASSERT_TRUE(std::holds_alternative<Received>(pair.told_host.back()));
    EXPECT_EQ(std::get<Received>(pair.told_host.back()).stanza.element(), out.element());
}

TEST(ComponentStream, closes_in_step_with_its_peer) {
    Pair pair;
    pair.component.close(pair.now);
    pair.run();
    EXPECT_EQ(reason(pair.told_component), "closed");
    EXPECT_EQ(reason(pair.told_host), "closed");
    EXPECT_TRUE(pair.component.is_over());
}

TEST(ComponentStream, sends_nothing_before_the_handshake) {
    ComponentStream stream(options());
    Stanza stanza =
        parse_stanza("<presence xmlns='jabber:client' from='1@sms.example.org' to='a@b'/>");
    Result<void> sent = stream.send(stanza);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().detail, "not-established");
}

TEST(ComponentStream, has_a_deadline_only_while_it_waits) {
    ComponentStream stream(options());
    EXPECT_FALSE(stream.deadline());
    stream.start({});
    EXPECT_EQ(stream.deadline(), TimePoint{} + 20s);
    Pair pair;
    EXPECT_FALSE(pair.component.deadline());
    pair.component.close(pair.now);
    EXPECT_EQ(pair.component.deadline(), pair.now + 5s);
}

TEST(ComponentStream, never_tells_its_secret) {
    ComponentStream stream(options("s3cr3t-of-ours"));
    stream.start({});
    stream.feed(
        "<stream:stream xmlns='jabber:component:accept' "
        "xmlns:stream='http://etherx.jabber.org/streams' id='1'>",
        {}
    );
    stream.feed(
        "<stream:error><not-authorized "
        "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
        {}
    );
    std::string said;
    while (auto output = stream.poll()) {
        const auto* action = std::get_if<Action>(&*output);
        const auto* write = action ? std::get_if<Write>(action) : nullptr;
        if (write) said += write->bytes;
        if (!action) said += ComponentScript().tell(std::get<ComponentLink::Event>(*output));
    }
    EXPECT_EQ(said.find("s3cr3t"), std::string::npos);
    EXPECT_NE(said.find("ended by peer: not-authorized"), std::string::npos);
}

}  // namespace
}  // namespace sallyport::xmpp
