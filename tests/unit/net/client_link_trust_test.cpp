// SPDX-License-Identifier: Apache-2.0
// What a client's link has learnt of a server, and holds it to: the strength of the login, its
// token, TLS.
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/net/client_link_world.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/sasl/hashed_token.hpp"

namespace sallyport::test::client_link {
namespace {

using net::LinkState;
using std::chrono::minutes;

const Step offer{
    "<stream:stream",
    header("<authentication xmlns='urn:xmpp:sasl:2'><mechanism>PLAIN</mechanism><inline>"
           "<bind xmlns='urn:xmpp:bind:0'/><fast xmlns='urn:xmpp:fast:0'>"
           "<mechanism>HT-SHA-256-NONE</mechanism></fast></inline></authentication>")};

/// What the server says to a login with `mechanism`.
Step login(const std::string& mechanism, const std::string& says) {
    return {"mechanism='" + mechanism + "'", says};
}
std::string success(const std::string& data = {}) {
    return "<success xmlns='urn:xmpp:sasl:2'>" + data +
           "<authorization-identifier>juliet@example.org/balcony</authorization-identifier>"
           "<bound xmlns='urn:xmpp:bind:0'/></success>";
}
std::string failure(const std::string& condition) {
    return "<failure xmlns='urn:xmpp:sasl:2'><" + condition +
           " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></failure>";
}
std::string token_success() {
    const std::string proof = xmpp::sasl::hashed_token("token", "Responder", {});
    return success("<additional-data>" + base64_encode(proof) + "</additional-data>");
}

/// A link that is up with its token, by the rank of a mechanism for tokens.
struct WithToken : World {
    WithToken() {
        also = [](xmpp::ClientOptions& options) {
            options.secrets.fast_token = "token";
            options.secrets.fast_mechanism = "HT-SHA-256-NONE";
            options.agent.id = "d4565fa7-4d72-4749-b3d3-740edbf87770";
            options.wants_management = false;
        };
        scripts["a.example.net"] =
            before_tls + Script{offer, login("HT-SHA-256-NONE", token_success())};
        start();
    }
    /// The connection breaks, and the token gets this answer.
    void comes_back_to(const std::string& answer) {
        lose(
            before_tls + Script{offer, login("HT-SHA-256-NONE", answer), login("PLAIN", success())}
        );
        loop.advance(minutes(1));
    }
};

TEST(ClientLink, logs_in_with_its_password_when_its_token_has_ended) {
    WithToken world;
    ASSERT_EQ(world.link->state(), LinkState::up);
    world.comes_back_to(failure("credentials-expired"));
    EXPECT_EQ(world.link->state(), LinkState::up) << world.downs.back().reason;
    EXPECT_EQ(world.ups, 2);
}

TEST(ClientLink, keeps_its_token_when_the_server_could_not_look_at_it) {
    WithToken world;
    world.comes_back_to(failure("temporary-auth-failure"));
    ASSERT_EQ(world.downs.back().reason, "sasl-temporary-auth-failure");
    world.scripts["a.example.net"] =
        before_tls + Script{offer, login("HT-SHA-256-NONE", token_success())};
    world.link->retry_now();
    world.loop.settle();
    EXPECT_EQ(world.link->state(), LinkState::up) << "with the token";
}

// RFC 6120 §5.4.2.2, §13.8: who takes the offer of TLS away does not get the password.
TEST(ClientLink, does_not_go_back_from_tls_where_it_is_optional) {
    const Script in_clear = login_steps + session_steps;
    const auto make = [] {
        auto world = std::make_unique<World>();
        world->also = [](xmpp::ClientOptions& options) { options.tls = xmpp::ClientTls::optional; };
        return world;
    };
    const auto never_had_tls = make();
    never_had_tls->scripts["a.example.net"] = in_clear;
    never_had_tls->start();
    EXPECT_EQ(never_had_tls->link->state(), LinkState::up);
    const auto had_tls = make();
    had_tls->scripts["a.example.net"] = all();
    had_tls->start();
    ASSERT_EQ(had_tls->link->state(), LinkState::up);
    had_tls->lose(in_clear);
    had_tls->loop.advance(minutes(1));
    EXPECT_FALSE(had_tls->host().was_told("<auth"));
    EXPECT_EQ(had_tls->host().at, 1U) << "nothing was said behind the header";
    EXPECT_EQ(had_tls->downs.back().reason, "tls-missing");
}

}  // namespace
}  // namespace sallyport::test::client_link
