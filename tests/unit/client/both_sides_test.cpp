// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include <gtest/gtest.h>

#include "tests/unit/client/client_script.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/sasl/crypto.hpp"
#include "xmpp/sasl/hashed_token.hpp"
#include "xmpp/sasl/legacy/secrets.hpp"
#include "xmpp/stream/server_stream.hpp"

// Our client against our server, in memory: what one writes the other is fed.
namespace sallyport::xmpp::test {
namespace {

constexpr const char* password = "r0m30";

// The one account, juliet, as a store would answer for it.
struct Store {
    sasl::Answer operator()(const sasl::AskKeys& ask) const {
        if (ask.user != "juliet") return sasl::Denied{};
        return *sasl::derive_keys(ask.hash, password, "0123456789abcdef", 4096);
    }
    sasl::Answer operator()(const sasl::AskPassword& ask) const {
        bool fits = ask.user == "juliet" && ask.password == password;
        return fits ? sasl::Answer(sasl::Granted{"juliet", {}}) : sasl::Answer(sasl::Denied{});
    }
    sasl::Answer operator()(const sasl::AskSecret& ask) const {
        if (ask.user != "juliet") return sasl::Denied{};
        bool is_cram = ask.kind == sasl::AskSecret::Kind::cram_md5;
        return sasl::Secret{
            is_cram ? sasl::cram_md5_secret(password)
                    : sasl::digest_md5_secret("juliet", "example.org", password)};
    }
    sasl::Answer operator()(const sasl::AskToken& ask) const {
        if (ask.mechanism.starts_with("HT-")) {
            if (ask.token != sasl::hashed_token("token", "Initiator", ask.binding))
                return sasl::Denied{sasl::Fault::credentials_expired};
            return sasl::Granted{"juliet", sasl::hashed_token("token", "Responder", ask.binding)};
        }
        bool is_shared = ask.mechanism == "JIVE-SHAREDSECRET";
        bool fits = ask.token == (is_shared ? hex_encode(sasl::md5(password)) : "token");
        return fits ? sasl::Answer(sasl::Granted{"juliet", {}}) : sasl::Answer(sasl::Denied{});
    }
    sasl::Answer operator()(const sasl::AskCertificate&) const {
        return sasl::Granted{"juliet", {}};
    }
    sasl::Answer operator()(const sasl::AskAnonymous&) const { return sasl::Granted{"guest", {}}; }
};

struct World {
    ClientOptions here = client_options();
    ServerStreamOptions there;
    TlsDone binding;
    bool has_certificate = false;
    TimePoint now{};
    std::unique_ptr<ClientStream> client;
    std::unique_ptr<ServerStream> server;
    std::vector<std::string> told;  // by the client
    std::size_t most_at_once = 0;   // bytes that the client wrote

    World() {
        there.domain = here.domain;
        there.tls = TlsPolicy::required;
        there.fake_salt_key = "key";
        here.tls = ClientTls::required;
        for (const sasl::MechanismRow& row : sasl::mechanisms())
            there.mechanisms.emplace_back(row.name);
    }

    void run() {
        client = std::make_unique<ClientStream>(std::move(here));
        server = std::make_unique<ServerStream>(
            std::make_shared<const ServerStreamOptions>(there), "seed of the tests"
        );
        client->start(now);
        server->start(now);
        turn();
    }
    void turn() {
        while (step_server() || step_client()) {
        }
    }
    bool step_client() {
        auto output = client->poll();
        if (!output) return false;
        if (const auto* event = std::get_if<ClientStream::Event>(&*output)) {
            if (const auto* wanted = std::get_if<KeyWanted>(event))
                client->derived(wanted->derive(), now);
            else
                told.push_back(tell(*event));
        } else {
            const Action& action = std::get<Action>(*output);
            if (const auto* write = std::get_if<Write>(&action)) {
                most_at_once = std::max(most_at_once, write->bytes.size());
                server->feed(write->bytes, now);
            }
            if (std::holds_alternative<StartTls>(action)) client->tls_done(binding, now);
        }
        return true;
    }
    bool step_server() {
        auto output = server->poll();
        if (!output) return false;
        if (const auto* event = std::get_if<ServerStream::Event>(&*output)) {
            answer(*event);
            return true;
        }
        const Action& action = std::get<Action>(*output);
        if (const auto* write = std::get_if<Write>(&action)) client->feed(write->bytes, now);
        if (std::holds_alternative<StartTls>(action)) {
            TlsDone done = binding;
            if (has_certificate) done.certified = {"juliet@example.org"};
            server->tls_done(std::move(done));
        }
        return true;
    }
    void answer(const ServerStream::Event& event) {
        if (const auto* ask = std::get_if<AskAccount>(&event))
            server->answer(std::visit(Store{}, ask->question), now);
        if (const auto* ask = std::get_if<AskCertified>(&event))
            server->answer(Certified{ask->users}, now);
        if (const auto* ask = std::get_if<AskBind>(&event)) {
            Bound bound;
            bound.full = *Jid::from_parts(ask->user, "example.org", "r");
            server->answer(std::move(bound), now);
        }
        if (std::holds_alternative<AskIssue>(event))
            server->answer(Issued{"token", "2026-12-01T00:00:00Z"}, now);
    }
    std::string last() const { return told.empty() ? "nothing" : told.back(); }
    bool was_told(std::string_view text) const {
        return std::any_of(told.begin(), told.end(), [&](const std::string& one) {
            return one.starts_with(text);
        });
    }
};

void give_credential(World& world, const sasl::MechanismRow& row) {
    ClientSecrets& secrets = world.here.secrets;
    if (row.credential == sasl::Credential::password) return;
    secrets = {};
    secrets.token = row.credential == sasl::Credential::token ? "token" : "";
    secrets.shared_secret = row.credential == sasl::Credential::shared_secret ? password : "";
    secrets.is_anonymous = row.credential == sasl::Credential::nothing;
    secrets.has_certificate = world.has_certificate =
        row.credential == sasl::Credential::certificate;
}

class BothSides : public testing::TestWithParam<std::string> {};
std::vector<std::string> sasl_names() {
    std::vector<std::string> names;
    for (const sasl::MechanismRow& row : sasl::mechanisms())
        if (row.credential != sasl::Credential::fast_token) names.emplace_back(row.name);
    return names;
}
std::string name_of(const testing::TestParamInfo<std::string>& row) {
    std::string name = row.param;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}
INSTANTIATE_TEST_SUITE_P(All, BothSides, testing::ValuesIn(sasl_names()), name_of);

void prepare(World& world, const std::string& name) {
    give_credential(world, *sasl::find_mechanism(name));
    world.here.allows_legacy = world.there.allows_legacy = true;
    world.there.mechanisms = {name};
    world.binding = {"exporter", ""};
    // Without -PLUS the client must not see types that nothing binds to.
    if (!name.ends_with("-PLUS")) world.binding = {};
}

TEST_P(BothSides, log_in) {
    World world;
    prepare(world, GetParam());
    world.run();
    ASSERT_TRUE(world.was_told("logged in by " + GetParam())) << world.last();
    EXPECT_TRUE(world.was_told("online ")) << world.last();
}

TEST_P(BothSides, log_in_with_sasl2) {
    World world;
    prepare(world, GetParam());
    world.there.offers_sasl2 = true;
    world.here.agent.id = "d4565fa7-4d72-4749-b3d3-740edbf87770";
    world.here.wants_management = true;
    world.run();
    ASSERT_TRUE(world.was_told("logged in by " + GetParam())) << world.last();
    EXPECT_TRUE(world.was_told("online ")) << world.last();
    EXPECT_TRUE(world.client->is_established());
}

TEST_P(BothSides, refuse_another_secret) {
    if (GetParam() == "EXTERNAL" || GetParam() == "ANONYMOUS") return;
    World world;
    prepare(world, GetParam());
    ClientSecrets& secrets = world.here.secrets;
    for (std::string* secret : {&secrets.password, &secrets.token, &secrets.shared_secret})
        if (!secret->empty()) *secret += "x";
    world.run();
    EXPECT_EQ(world.last(), "ended by us: sasl-not-authorized");
}

TEST(BothSides, take_the_strongest_and_bind_the_channel) {
    World world;
    world.binding = {"exporter", "end point"};
    world.there.mechanisms = {
        "SCRAM-SHA-1", "PLAIN", "SCRAM-SHA-512-PLUS", "SCRAM-SHA-512", "SCRAM-SHA-1-PLUS"};
    world.run();
    EXPECT_TRUE(world.was_told("logged in by SCRAM-SHA-512-PLUS")) << world.last();
}

class BothSidesFast : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(
    All,
    BothSidesFast,
    testing::Values("HT-SHA-256-NONE", "HT-SHA-256-ENDP", "HT-SHA-256-EXPR"),
    name_of
);

TEST_P(BothSidesFast, log_in_with_a_token) {
    World world;
    world.there.offers_sasl2 = world.there.offers_fast = true;
    world.binding = {"exporter", "end point"};
    world.here.agent.id = "d4565fa7-4d72-4749-b3d3-740edbf87770";
    world.here.secrets.fast_token = "token";
    world.here.secrets.fast_mechanism = GetParam();
    world.run();
    ASSERT_TRUE(world.was_told("logged in by " + GetParam())) << world.last();
    EXPECT_TRUE(world.was_told("online ")) << world.last();
}

TEST(BothSides, issue_a_token_and_survive_its_end) {
    World world;
    world.there.offers_sasl2 = world.there.offers_fast = true;
    world.here.agent.id = "d4565fa7-4d72-4749-b3d3-740edbf87770";
    world.here.wants_token = true;
    world.here.secrets.fast_token = "expired";
    world.here.secrets.fast_mechanism = "HT-SHA-256-NONE";
    world.run();
    EXPECT_TRUE(world.was_told("token refused"));
    EXPECT_TRUE(world.was_told("token for HT-SHA-256-NONE: token until 2026-12-01T00:00:00Z"))
        << world.last();
    EXPECT_TRUE(world.was_told("online ")) << world.last();
}

TEST(BothSides, acknowledge_each_other) {
    World world;
    world.here.wants_management = true;
    world.run();
    ASSERT_TRUE(world.client->is_established());
    ASSERT_TRUE(world.client->send(parse_stanza("<message to='a@b'/>"), world.now));
    world.turn();
    ASSERT_TRUE(world.server->send(parse_stanza("<message from='a@b'/>"), world.now));
    world.turn();
    EXPECT_TRUE(world.was_told("received <message from='a@b'/>"));
    world.client->close(world.now);
    world.turn();
    EXPECT_EQ(world.last(), "ended by us after it stood: closed");
}

// XEP-0138: much goes both ways as little.
TEST(BothSides, understand_each_other_compressed) {
    World world;
    world.there.offers_compression = world.here.allows_compression = true;
    world.run();
    ASSERT_TRUE(world.was_told("online ")) << world.last();
    std::string body;
    for (int i = 0; body.size() < 20'000; ++i) body += std::to_string(i * 7919) + " ";
    const std::string message = "<message to='a@b'><body>" + body + "</body></message>";
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(world.client->send(parse_stanza(message), world.now));
        ASSERT_TRUE(world.server->send(
            parse_stanza("<message from='a@b'><body>" + body + "</body></message>"), world.now
        ));
        world.turn();
    }
    EXPECT_EQ(
        world.told.back(), "received <message from='a@b'><body>" + body + "</body></message>"
    );
    EXPECT_LT(world.most_at_once, body.size() * 2 / 3) << "it went as it is";
    world.client->close(world.now);
    world.turn();
    EXPECT_EQ(world.last(), "ended by us after it stood: closed");
}

TEST(BothSides, do_not_compress_unless_both_want_it) {
    for (const bool is_offered : {true, false}) {
        World world;
        world.there.offers_compression = is_offered;
        world.here.allows_compression = !is_offered;
        world.run();
        ASSERT_TRUE(world.was_told("online ")) << world.last();
        ASSERT_TRUE(world.client->send(parse_stanza("<message to='a@b'/>"), world.now));
        world.most_at_once = 0;
        world.turn();
        EXPECT_EQ(world.most_at_once, std::string_view("<message to='a@b'/>").size());
    }
}

}  // namespace
}  // namespace sallyport::xmpp::test
