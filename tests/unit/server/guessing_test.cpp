// SPDX-License-Identifier: Apache-2.0
// What counts as a wrong password and what does not (xmpp.md A6, §1.4), by the mechanism that
// judges it within the stream.
#include <algorithm>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "tests/unit/server/c2s_world.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;
using server::LoginThrottle;

struct Guessing : testing::Test, C2sWorld {
    explicit Guessing(server::Legacy which = server::Legacy::off) : C2sWorld(which) { add_dora(); }

    /// A login as dora that has come as far as its proof.
    struct Guess {
        std::unique_ptr<server::C2sSession> session;
        std::shared_ptr<DeafStream::Wire> wire;
        std::string proof;  ///< "" = it was given no keys, or no challenge
    };
    Guess begin(const std::string& password, const std::string& name = "SCRAM-SHA-256") {
        xmpp::sasl::ClientSetting setting;
        setting.domain = "example.org";
        setting.user = "dora";
        setting.password = password;
        setting.nonce = "a-nonce-of-the-test";
        const auto mechanism = xmpp::sasl::find_mechanism(name)->make_client(setting);
        Guess guess;
        guess.wire = connect();
        guess.session = std::move(session);
        say(*guess.wire, header);
        say(*guess.wire,
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='" + name + "'>" +
                base64_encode(mechanism->initial().value_or("")) + "</auth>");
        auto step = mechanism->challenge(challenge_in(guess.wire->written));
        if (const auto* wanted = std::get_if<xmpp::sasl::KeyWanted>(&step))
            step = mechanism->derived(wanted->derive());
        if (const auto* proof = std::get_if<std::string>(&step)) guess.proof = *proof;
        return guess;
    }
    static std::string challenge_in(const std::string& written) {
        const auto begin = written.find("<challenge");
        if (begin == std::string::npos) return {};
        const auto text = written.find('>', begin) + 1;
        const auto bytes = base64_decode(written.substr(text, written.find('<', text) - text));
        return bytes ? *bytes : std::string();
    }
    static std::string response(const Guess& guess) {
        return "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" + base64_encode(guess.proof) +
               "</response>";
    }
    /// Sends the proof, if there is one: what the client was told in the end.
    std::string finish(Guess& guess) {
        if (!guess.proof.empty() && !guess.wire->is_closed) say(*guess.wire, response(guess));
        return outcome(guess);
    }
    static std::string outcome(const Guess& guess) {
        for (const char* word :
             {"<success", "not-authorized", "temporary-auth-failure", "policy-violation"})
            if (guess.wire->written.find(word) != std::string::npos) return word;
        return guess.wire->written;
    }
    /// One login from beginning to end, gone before it binds.
    std::string log_in(const std::string& password, const std::string& name = "SCRAM-SHA-256") {
        Guess guess = begin(password, name);
        return finish(guess);
    }
    void guess_until_banned() {
        for (int i = 0; i < LoginThrottle::max_wrong; ++i)
            EXPECT_EQ(log_in("wrong"), "not-authorized");
    }
};

TEST_F(Guessing, twenty_wrong_proofs_shut_the_account_and_the_address) {
    guess_until_banned();
    EXPECT_EQ(log_in("secret"), "temporary-auth-failure");
    peer = "203.0.113.1";
    EXPECT_EQ(log_in("secret"), "temporary-auth-failure");
}

TEST_F(Guessing, with_many_connections_at_once_gives_no_more_tries) {
    std::vector<Guess> guesses;
    for (int i = 0; i < LoginThrottle::max_wrong + 5; ++i) guesses.push_back(begin("wrong"));
    guesses.push_back(begin("secret"));
    std::vector<std::string> told;
    for (Guess& guess : guesses) told.push_back(finish(guess));
    const auto judged = std::count(told.begin(), told.end(), "not-authorized");
    EXPECT_EQ(judged, LoginThrottle::max_wrong);
    EXPECT_EQ(told.back(), "policy-violation") << "nobody learns that this one was right";
}

TEST_F(Guessing, who_is_refused_unseen_has_guessed_nothing) {
    guess_until_banned();
    world.base.advance(50min);
    for (int i = 0; i < LoginThrottle::max_wrong + 5; ++i)
        EXPECT_EQ(log_in("secret"), "temporary-auth-failure");
    world.base.advance(11min);
    EXPECT_EQ(log_in("secret"), "<success") << "to try again has not made the ban longer";
}

TEST_F(Guessing, who_proved_the_password_and_left_before_binding_has_guessed_nothing) {
    for (int i = 0; i < LoginThrottle::max_wrong + 5; ++i) EXPECT_EQ(log_in("secret"), "<success");
}

TEST_F(Guessing, who_left_before_the_proof_has_guessed_nothing) {
    for (int i = 0; i < LoginThrottle::max_wrong + 5; ++i) begin("secret");
    EXPECT_EQ(log_in("secret"), "<success");
}

TEST_F(Guessing, behind_a_proxy_on_this_machine_a_login_opens_the_account_to_nobody_else) {
    peer = "127.0.0.1";
    EXPECT_EQ(log_in("secret"), "<success");
    guess_until_banned();
    EXPECT_EQ(log_in("wrong"), "temporary-auth-failure");
    EXPECT_EQ(log_in("secret"), "temporary-auth-failure");
}

/// By what `server.legacy` brings back.
struct OldGuessing : Guessing {
    OldGuessing() : Guessing(server::Legacy::on) {}

    /// XEP-0078. Keys are derived beside us: this waits in real time.
    bool logs_in_by_iq(const std::string& password) {
        const auto wire = connect();
        const auto kept = std::move(session);
        say(*wire, header);
        say(*wire,
            "<iq type='set' id='a'><query "
            "xmlns='jabber:iq:auth'><username>dora</username><password>" +
                password + "</password><resource>old</resource></query></iq>");
        const auto has = [&wire](const char* word) {
            return wire->written.find(word) != std::string::npos;
        };
        EXPECT_TRUE(test::run_until(world.base.io, [&has] { return has("id='a'"); }));
        return !has("not-authorized");
    }
};

TEST_F(OldGuessing, twenty_wrong_proofs_shut_the_account_to_every_mechanism) {
    for (int i = 0; i < LoginThrottle::max_wrong; ++i)
        EXPECT_EQ(log_in("wrong", i % 2 == 0 ? "DIGEST-MD5" : "CRAM-MD5"), "not-authorized");
    for (const char* mechanism : {"DIGEST-MD5", "CRAM-MD5", "SCRAM-SHA-256"})
        EXPECT_EQ(log_in("secret", mechanism), "temporary-auth-failure") << mechanism;
    EXPECT_FALSE(logs_in_by_iq("secret"));
}

TEST_F(OldGuessing, with_many_connections_at_once_gives_no_more_tries) {
    std::vector<Guess> guesses;
    for (int i = 0; i < LoginThrottle::max_wrong + 5; ++i)
        guesses.push_back(begin("wrong", "CRAM-MD5"));
    guesses.push_back(begin("secret", "CRAM-MD5"));
    for (const Guess& guess : guesses) guess.wire->handler->on_bytes(response(guess));
    world.settle();
    const auto judged = std::count_if(guesses.begin(), guesses.end(), [](const Guess& guess) {
        return outcome(guess) == "not-authorized";
    });
    EXPECT_EQ(judged, LoginThrottle::max_wrong);
    EXPECT_EQ(outcome(guesses.back()), "temporary-auth-failure") << "that one was right";
}

TEST_F(OldGuessing, who_proved_the_password_has_guessed_nothing) {
    for (int i = 0; i < LoginThrottle::max_wrong + 5; ++i)
        EXPECT_EQ(log_in("secret", "CRAM-MD5"), "<success");
}

TEST_F(OldGuessing, wrong_passwords_by_xep_0078_count_as_well) {
    EXPECT_TRUE(logs_in_by_iq("secret"));
    peer = "203.0.113.1";  // not from where dora has logged in
    for (int i = 0; i < LoginThrottle::max_wrong; ++i) EXPECT_FALSE(logs_in_by_iq("wrong"));
    EXPECT_FALSE(logs_in_by_iq("secret"));
    EXPECT_EQ(log_in("secret"), "temporary-auth-failure");
}

}  // namespace
}  // namespace sallyport::test
