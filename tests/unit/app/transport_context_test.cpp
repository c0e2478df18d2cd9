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
