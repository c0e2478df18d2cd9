// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/transport_context.hpp"

#include <gtest/gtest.h>

#include "tests/support/core_world.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;

class NoHttp final : public net::HttpClient {
  public:
    void request(port::HttpRequest, port::HttpDone) override {}
    std::size_t running() const override { return 0; }
};

class NoHooks final : public port::Webhooks {
  public:
    void mount(std::string, port::WebhookHandler) override {}
    void unmount(std::string_view) override {}
    const std::string& public_url() const override { return url_; }

  private:
    std::string url_;
};

struct HeldProvider : ::testing::Test {
    CoreWorld world;
    NoHttp http;
    NoHooks hooks;
    app::TransportContext context{{*world.core, http, hooks, "secret"}, world.domain};

    HeldProvider() {
        world.link_up();
        world.take();
    }
    void hold(port::Reason reason) {
        context.provider_held("primary", port::Failure(reason, "words"));
        world.settle();
    }
    void resume() {
        context.provider_resumed("primary");
        world.settle();
    }
    std::size_t told() { return bodies(world.take()).size(); }
    double gauge() {
        return world.metrics
            .gauge("provider_held", {{"transport", world.domain.name}, {"provider", "primary"}})
            .value();
    }
};

TEST_F(HeldProvider, is_told_to_admins_at_once_when_they_must_act) {
    hold(port::Reason::credentials);
    EXPECT_EQ(told(), 1U);
    hold(port::Reason::credentials);
    EXPECT_EQ(told(), 0U) << "once";
    resume();
    EXPECT_EQ(told(), 1U);
}

TEST_F(HeldProvider, that_is_away_for_a_moment_is_shown_and_told_to_nobody) {
    hold(port::Reason::not_connected);
    EXPECT_EQ(context.providers().at("primary").held, "not_connected");
    EXPECT_EQ(gauge(), 1);
    world.time.move(59s);
    hold(port::Reason::not_connected);
    resume();
    EXPECT_EQ(context.providers().at("primary").held, "");
    EXPECT_EQ(gauge(), 0);
    EXPECT_EQ(told(), 0U);
}

TEST_F(HeldProvider, that_is_away_for_a_minute_is_told_once_and_so_is_its_return) {
    hold(port::Reason::not_connected);
    world.time.move(1min);
    hold(port::Reason::not_connected);
    EXPECT_EQ(told(), 1U);
    hold(port::Reason::not_connected);
    EXPECT_EQ(told(), 0U);
    resume();
    EXPECT_EQ(told(), 1U);
}

TEST_F(HeldProvider, that_is_back_and_refuses_us_is_told_for_that) {
    hold(port::Reason::not_connected);
    hold(port::Reason::credentials);
    EXPECT_EQ(told(), 1U);
    EXPECT_EQ(context.providers().at("primary").held, "credentials");
}

TEST(TransportContext, a_text_that_no_webhook_brought_is_no_sign_of_webhooks) {
    CoreWorld world;
    NoHttp http;
    NoHooks hooks;
    app::TransportContext context({*world.core, http, hooks, "secret"}, world.domain);
    for (int times = 0; times < 2; ++times)
        context.accept(
            port::MessageReceived(
                port::Address("+15551234567"), "+15550001111", {"primary", "SM1"}, "swept"
            ),
            [](const Result<port::Accepted>& accepted) { EXPECT_TRUE(accepted); }
        );
    world.settle();
    EXPECT_FALSE(context.providers().contains("primary"));
    context.webhook_verified("primary");
    EXPECT_EQ(context.providers().at("primary").last_webhook, world.time.wall());
}

}  // namespace
}  // namespace sallyport::test
