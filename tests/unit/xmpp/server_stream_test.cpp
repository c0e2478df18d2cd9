// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/server_stream.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/play.hpp"
#include "tests/support/stream_script.hpp"
#include "tests/unit/xmpp/server_stream_words.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/sasl/legacy/secrets.hpp"

namespace sallyport::xmpp {
namespace {

using namespace std::chrono_literals;

using test::parse_stanza;

constexpr std::string_view seed = "seed of the tests";

// ---- options, as the line "# options: word word" of a transcript says ----

ServerStreamOptions default_options() {
    ServerStreamOptions options;
    options.domain = *Jid::parse("example.org");
    options.tls = TlsPolicy::done;
    options.mechanisms = {"SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "PLAIN", "HT-SHA-256-NONE"};
    options.fake_salt_key = "key";
    return options;
}

struct OptionRow {
    std::string_view word;
    void (*set)(ServerStreamOptions& options);
};

constexpr OptionRow option_rows[] = {
    {"tls=off", [](ServerStreamOptions& o) { o.tls = TlsPolicy::off; }},
    {"tls=optional", [](ServerStreamOptions& o) { o.tls = TlsPolicy::optional; }},
    {"tls=required", [](ServerStreamOptions& o) { o.tls = TlsPolicy::required; }},
    {"websocket", [](ServerStreamOptions& o) { o.is_websocket = true; }},
    {"register", [](ServerStreamOptions& o) { o.offers_registration = true; }},
    {"compression", [](ServerStreamOptions& o) { o.offers_compression = true; }},
    {"sasl2", [](ServerStreamOptions& o) { o.offers_sasl2 = true; }},
    {"fast", [](ServerStreamOptions& o) { o.offers_fast = true; }},
    {"csi", [](ServerStreamOptions& o) { o.offers_client_state = true; }},
    {"carbons", [](ServerStreamOptions& o) { o.offers_carbons = true; }},
    {"legacy", [](ServerStreamOptions& o) { o.allows_legacy = true; }},
    {"small-queue", [](ServerStreamOptions& o) { o.management.stanzas = 3; }},
    {"no-resume", [](ServerStreamOptions& o) { o.management.resume = 0s; }},
    {"old-mechanisms",
     [](ServerStreamOptions& o) {
         o.mechanisms = {"DIGEST-MD5", "CRAM-MD5", "ANONYMOUS", "PLAIN"};
     }},
    {"external",
     [](ServerStreamOptions& o) {
         o.mechanisms = {"EXTERNAL", "PLAIN"};
     }},
    {"plain-only", [](ServerStreamOptions& o) { o.mechanisms = {"PLAIN"}; }},
    {"caps",
     [](ServerStreamOptions& o) {
         o.session_features.emplace_back("c", ns::caps).set("ver", "x");
     }},
};

std::shared_ptr<const ServerStreamOptions> read_options(const std::filesystem::path& path) {
    auto options = std::make_shared<ServerStreamOptions>(default_options());
    for (const std::string& word : test::option_words(path))
        EXPECT_TRUE(test::set_option(option_rows, *options, word)) << word;
    return options;
}

// ---- what the owner does ----

struct Command {
    ServerStream& stream;
    std::string_view rest;
    TimePoint now;
};

Resumed make_resumed(std::string_view full) {
    Resumed resumed{*Jid::parse(full), std::make_unique<Management>(ManagementLimits{}, "old")};
    for (int i = 0; i < 4; ++i) resumed.management->count_received();
    for (std::string_view body : {"one", "two", "three"})
        resumed.management->keep(
            "<message><body>" + std::string(body) + "</body></message>", TimePoint{}
        );
    return resumed;
}

sasl::Denied parse_denied(std::string_view word) {
    return {sasl::parse_fault(word).value_or(sasl::Fault::not_authorized)};
}

// Salt and keys of seed 003's account: SCRAM-SHA-1, password r0m30myr0m30.
sasl::Keys seed_keys() {
    sasl::Keys keys;
    keys.salt = *base64_decode("NjhkYTM0MDgtNGY0Zi00NjdmLTkxMmUtNDlmNTNmNDNkMDMz");
    keys.iterations = 4096;
    keys.stored_key = *base64_decode("k6ta8TZHH+jrmy1JAMBE18HkRw4=");
    keys.server_key = *base64_decode("f0V215y5zqNIKnvE6SHEf8HDSJo=");
    return keys;
}

std::vector<std::string> split(std::string_view words) {
    std::vector<std::string> all;
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        all.emplace_back(words.substr(0, end));
        words.remove_prefix(std::min(words.size(), end + 1));
    }
    return all;
}

struct CommandRow {
    std::string_view word;
    std::optional<std::string> (*act)(Command& command);
};

std::optional<std::string> answer(Command& c, ServerAnswer answer) {
    c.stream.answer(std::move(answer), c.now);
    return std::nullopt;
}

constexpr CommandRow command_rows[] = {
    {"tls",
     [](Command& c) -> std::optional<std::string> {
         const std::size_t space = std::min(c.rest.find(' '), c.rest.size());
         TlsDone binding;
         binding.exporter = c.rest.substr(0, space);
         if (space < c.rest.size()) binding.finished = c.rest.substr(space + 1);
         c.stream.tls_done(std::move(binding));
         return std::nullopt;
     }},
    {"tls-certified",
     [](Command& c) -> std::optional<std::string> {
         TlsDone done;
         done.certified = split(c.rest);
         c.stream.tls_done(std::move(done));
         return std::nullopt;
     }},
    {"certified", [](Command& c) { return answer(c, Certified{split(c.rest)}); }},
    {"granted",
     [](Command& c) {
         return answer(c, sasl::Answer(sasl::Granted{std::string(c.rest), {}}));
     }},
    {"granted-with",
     [](Command& c) {
         std::size_t space = c.rest.find(' ');
         sasl::Granted granted{
             std::string(c.rest.substr(0, space)), std::string(c.rest.substr(space + 1))};
         return answer(c, sasl::Answer(std::move(granted)));
     }},
    {"denied", [](Command& c) { return answer(c, sasl::Answer(parse_denied(c.rest))); }},
    {"keys", [](Command& c) { return answer(c, sasl::Answer(seed_keys())); }},
    {"digest-secret",
     [](Command& c) {
         std::string bytes = sasl::digest_md5_secret("juliet", "example.org", "r0m30");
         return answer(c, sasl::Answer(sasl::Secret{std::move(bytes)}));
     }},
    {"cram-secret",
     [](Command& c) {
         return answer(c, sasl::Answer(sasl::Secret{sasl::cram_md5_secret("r0m30")}));
     }},
    {"bound",
     [](Command& c) {
         return answer(c, Bound{*Jid::parse(c.rest), {}});
     }},
    {"error",
     [](Command& c) {
         return answer(c, StanzaError(parse_condition(c.rest).value_or(Condition::undefined)));
     }},
    {"resumed", [](Command& c) { return answer(c, make_resumed(c.rest)); }},
    {"not-resumed", [](Command& c) { return answer(c, NotResumed{}); }},
    {"not-resumed-with-4", [](Command& c) { return answer(c, NotResumed{4}); }},
    {"stanza", [](Command& c) { return answer(c, parse_stanza(c.rest)); }},
    {"issued",
     [](Command& c) {
         return answer(c, Issued{std::string(c.rest), "2026-12-01T00:00:00Z"});
     }},
    {"send",
     [](Command& c) -> std::optional<std::string> {
         Result<void> sent = c.stream.send(parse_stanza(c.rest), c.now);
         return sent ? std::nullopt : std::optional("refused " + sent.error().detail);
     }},
    {"acknowledge",
     [](Command& c) -> std::optional<std::string> {
         c.stream.acknowledge(static_cast<std::uint32_t>(std::stoul(std::string(c.rest))));
         return std::nullopt;
     }},
    {"close",
     [](Command& c) -> std::optional<std::string> {
         if (c.rest.empty())
             c.stream.close(c.now);
         else
             c.stream.close(StreamError(*parse_stream_condition(c.rest)), c.now);
         return std::nullopt;
     }},
    {"rest",
     [](Command& c) -> std::optional<std::string> {
         c.stream.rest();
         return std::nullopt;
     }},
    {"management",
     [](Command& c) -> std::optional<std::string> {
         auto management = c.stream.take_management();
         std::string text = "unacknowledged";
         if (!management) return text + ": nothing is managed";
         for (const auto& one : management->queue()) text += ' ' + one.bytes;
         return text;
     }},
};

struct ServerScript {
    std::shared_ptr<const ServerStreamOptions> options;

    std::unique_ptr<ServerStream> make() {
        return std::make_unique<ServerStream>(options, std::string(seed));
    }
    std::string tell(const ServerStream::Event& event) { return test::in_words(event); }
    std::optional<std::string> act(ServerStream& stream, std::string_view text, TimePoint now) {
        std::string_view word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        Command command{stream, text, now};
        for (const CommandRow& row : command_rows)
            if (row.word == word) return row.act(command);
        ADD_FAILURE() << "no such command: " << word;
        return std::nullopt;
    }
};

using PlayedStream = test::Played<ServerStream, ServerScript>;

// Over websocket the machine is fed whole messages: in a transcript each ends with \n, and so does
// each that the machine writes.
class PlayedMessages final : public test::PlayedMachine {
  public:
    explicit PlayedMessages(ServerScript script) : inner_(std::move(script)) {}
    void start(TimePoint now) override { inner_.start(now); }
    void feed(std::string_view bytes, TimePoint now) override {
        held_ += bytes;
        for (auto end = held_.find('\n'); end != held_.npos; end = held_.find('\n')) {
            inner_.feed(held_.substr(0, end), now);
            held_.erase(0, end + 1);
        }
    }
    void closed(TimePoint now) override { inner_.closed(now); }
    void tick(TimePoint now) override { inner_.tick(now); }
    std::optional<test::Output> poll() override {
        auto output = inner_.poll();
        if (output)
            if (auto* said = std::get_if<test::Said>(&*output)) said->bytes += '\n';
        return output;
    }
    std::optional<std::string> act(std::string_view command, TimePoint now) override {
        return inner_.act(command, now);
    }

  private:
    PlayedStream inner_;
    std::string held_;
};

class ServerTranscript : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(ServerTranscript, is_played) {
    ServerScript script{read_options(GetParam())};
    test::play(GetParam(), [&]() -> std::unique_ptr<test::PlayedMachine> {
        if (script.options->is_websocket) return std::make_unique<PlayedMessages>(script);
        return std::make_unique<PlayedStream>(script);
    });
}

INSTANTIATE_TEST_SUITE_P(
    Golden,
    ServerTranscript,
    testing::ValuesIn(test::golden("server_stream")),
    [](const auto& name) { return name.param.stem().string(); }
);

}  // namespace
}  // namespace sallyport::xmpp
