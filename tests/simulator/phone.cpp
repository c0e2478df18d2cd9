// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/phone.hpp"

#include <iostream>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "tests/simulator/failures.hpp"

namespace simulator {
namespace {

namespace asio = boost::asio;

constexpr std::string_view help =
    "A line is a text to the gateway. For the next text that arrives:\n"
    "  /fail [CODE]      it is undelivered         /slow [SECONDS]   answered late\n"
    "  /429 [SECONDS]    refused with Retry-After  /500              refused with a server error\n"
    "  /drop             taken and never answered  /silent           no report ever\n"
    "  /twice            each report comes twice   /early            reports before the answer\n"
    "  /disorder         reports in wrong order\n"
    "At once: /media [URL] [TEXT]. From now on: /from NUMBER, /to NUMBER. /help, /quit. A text may "
    "begin with // for /.";

std::string text_of(const json::object& event, std::string_view name) {
    const json::value* value = event.if_contains(name);
    return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

}  // namespace

void Phone::start(std::function<void()> on_end) {
    on_end_ = std::move(on_end);
    to_ = world_.config.numbers.front();
    say("This is the phone " + world_.config.phone + ". A line that you type is a text to " + to_ +
        "; /help says more.");
    std::thread reader([this] {
        std::string line;
        while (std::getline(std::cin, line))
            asio::post(world_.io(), [this, line] { handle_line(line); });
        asio::post(world_.io(), [this] { on_end_(); });
    });
    // A thread that waits for a terminal cannot be asked to stop; the process ends it.
    reader.detach();
}

void Phone::say(const std::string& line) const {
    std::cout << line << "\n" << std::flush;
}

void Phone::draw(const json::object& event) const {
    std::string kind = text_of(event, "event");
    std::string from = text_of(event, "from");
    if (kind == "request") {
        bool is_accepted = event.at("accepted").as_bool();
        std::string about = is_accepted ? "" : "  (refused: " + text_of(event, "why") + ")";
        say("< " + from + ": " + text_of(event, "text") + about);
        for (const json::value& url : event.at("media").as_array())
            say("  [" + std::string(url.as_string()) + "]");
    } else if (kind == "delivered") {
        say("  delivered");
    } else if (kind == "undelivered" || kind == "failed") {
        say("  " + kind + " (" + text_of(event, "code") + ")");
    } else if (kind == "webhook") {
        bool is_report = text_of(event, "hook") == "status";
        std::string status = std::to_string(event.at("status").to_number<unsigned>());
        bool is_good = status.starts_with('2');
        std::string what = is_report ? "  report `" + text_of(event, "state") + "`" : "  your text";
        std::string how = is_good ? ": the gateway has it"
                                  : ": not taken (" + status + " " + text_of(event, "error") + ")";
        if (!is_report || !is_good)
            say(what + how + (event.at("last").as_bool() ? "" : ", trying again"));
    }
}

void Phone::handle_line(const std::string& line) {
    if (line.empty()) return;
    if (!line.starts_with('/') || line.starts_with("//")) {
        send(line.starts_with("//") ? line.substr(1) : line, {});
        return;
    }
    std::size_t space = std::min(line.find(' '), line.size());
    handle_command(line.substr(0, space), line.substr(std::min(space + 1, line.size())));
}

void Phone::handle_command(const std::string& word, const std::string& rest) {
    if (std::optional<Behaviour> rule = make_failure(word.substr(1), rest)) {
        world_.add_rule(std::move(*rule));
        say("  for the next text: " + word.substr(1) + (rest.empty() ? "" : " " + rest));
    } else if (word == "/media") {
        std::size_t space = std::min(rest.find(' '), rest.size());
        bool has_url = rest.starts_with("http://") || rest.starts_with("https://");
        MediaItem item{
            has_url ? rest.substr(0, space) : "", "image/png", has_url ? "" : "picture.png"};
        std::string text = has_url ? rest.substr(std::min(space + 1, rest.size())) : rest;
        send(text, {item});
    } else if (word == "/from" && !rest.empty()) {
        world_.config.phone = rest;
        say("  your number is " + rest);
    } else if (word == "/to" && !rest.empty()) {
        to_ = rest;
        say("  you write to " + rest);
    } else if (word == "/quit") {
        on_end_();
    } else {
        say(std::string(help));
    }
}

void Phone::send(const std::string& text, std::vector<MediaItem> media) {
    if (world_.config.webhook.empty()) {
        say("  there is no gateway: start with --webhook URL");
        return;
    }
    auto message = std::make_shared<Message>();
    message->provider = world_.config.provider;
    message->from = world_.config.phone;
    message->to = to_;
    message->text = text;
    message->media = std::move(media);
    auto sending = carrier_.bring(std::move(message), InboundWish());
    asio::co_spawn(world_.io(), std::move(sending), asio::detached);
}

}  // namespace simulator
