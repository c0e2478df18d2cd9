// SPDX-License-Identifier: Apache-2.0
// What the operator allows: how long a login may take, how many an account has, which gives way.
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/server/login_world.hpp"

namespace sallyport::server {
namespace {

/// Whoever is connected and says nothing: are they still there after this time?
class SilentStranger : public Login {
  protected:
    explicit SilentStranger(config::ServerConfig section = {}) : Login(std::move(section)) {
        socket_ = test::connect_loopback(server_->clients().endpoints().at(0));
        EXPECT_TRUE(until([&] { return server_->clients().connections() == 1; }));
        world_.settle();
    }
    ~SilentStranger() override { ::close(socket_); }
    bool is_let_be_after(std::chrono::seconds time) {
        world_.time.move(time);
        timers_.run_due();
        world_.settle();
        char byte = 0;
        return ::recv(socket_, &byte, 1, MSG_DONTWAIT) < 0;
    }

    int socket_ = -1;
};

TEST_F(SilentStranger, has_half_a_minute) {
    EXPECT_TRUE(is_let_be_after(std::chrono::seconds(29)));
    EXPECT_FALSE(is_let_be_after(std::chrono::seconds(2)));
}

class SilentApplicant : public SilentStranger {
  protected:
    SilentApplicant() : SilentStranger(section()) {}
    static config::ServerConfig section() {
        config::ServerConfig section;
        section.registration = config::ServerConfig::Registration::open;
        return section;
    }
};

TEST_F(SilentApplicant, has_a_minute_to_fill_in_the_form) {
    EXPECT_TRUE(is_let_be_after(std::chrono::seconds(59)));
    EXPECT_FALSE(is_let_be_after(std::chrono::seconds(2)));
}

/// What the operator says of several sessions of one account (RFC 6120 §7.6.2, 7.7.2).
class SeveralLogins : public Login {
  protected:
    explicit SeveralLogins(config::ServerConfig section = {}) : Login(std::move(section)) {}
    std::unique_ptr<Client> log_in_as(const std::string& resource) {
        xmpp::ClientOptions options;
        options.user = "alice";
        options.domain = test::jid("example.org");
        options.secrets.password = "secret of alice";
        options.tls = ClientTls::required;
        options.nonce = "a-nonce-of-the-test";
        options.resource = resource;
        options.allows_sasl2 = false;  // Bind 2 makes a name of its own for each
        auto client = connect(std::move(options));
        EXPECT_TRUE(until([&] { return client->full || client->ended; }));
        return client;
    }
};

TEST_F(SeveralLogins, the_later_one_takes_the_resource_of_the_first) {
    const auto first = log_in_as("phone"), second = log_in_as("phone");
    ASSERT_TRUE(second->full);
    EXPECT_EQ(second->full->resource(), "phone");
    ASSERT_TRUE(until([&] { return first->ended.has_value(); }));
    EXPECT_EQ(first->ended->reason, "conflict");
}

class RefusingLogins : public SeveralLogins {
  protected:
    RefusingLogins() : SeveralLogins(section()) {}
    static config::ServerConfig section() {
        config::ServerConfig section;
        section.conflict = config::ServerConfig::Conflict::refuse;
        section.sessions = 2;
        return section;
    }
};

TEST_F(RefusingLogins, the_first_one_keeps_its_resource) {
    const auto first = log_in_as("phone"), second = log_in_as("phone");
    ASSERT_TRUE(second->full) << "our client takes another resource on conflict";
    EXPECT_NE(second->full->resource(), "phone");
    EXPECT_FALSE(first->ended);
}

TEST_F(RefusingLogins, an_account_has_as_many_as_the_operator_says) {
    const auto first = log_in_as("phone"), second = log_in_as("desk"), third = log_in_as("more");
    EXPECT_TRUE(first->full && second->full);
    ASSERT_TRUE(third->ended);
    EXPECT_EQ(third->ended->reason, "bind-resource-constraint");
}

}  // namespace
}  // namespace sallyport::server
