// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/control.hpp"

#include "gateway/app/command_table.hpp"
#include "gateway/app/gateway.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::app {
namespace {

void answer_with(const port::Respond& respond, CommandAnswer answer) {
    port::HttpResponse response(200, std::move(answer.text), "text/plain; charset=utf-8");
    response.headers.emplace_back("Exit-Code", std::to_string(answer.exit));
    respond(std::move(response));
}

void take_command(
    Gateway& gateway, const port::HttpRequest& request, const port::Respond& respond
) {
    auto words = decode_words(request.body);
    if (!words) return respond(port::HttpResponse(400, "not a command\n", "text/plain"));
    auto command = parse_command(*std::move(words));
    if (!command) return answer_with(respond, {command.error().detail + "\n", Exit::usage});
    const ControlContext context{gateway.store(), gateway.time(), &gateway.core(), &gateway};
    run_command(context, *std::move(command), [respond](CommandAnswer answer) {
        answer_with(respond, std::move(answer));
    });
}

}  // namespace

void install_control(Gateway& gateway, net::HttpServer& server) {
    server.route(
        "/command",
        {"POST"},
        [&gateway](const port::HttpRequest& request, const port::Respond& respond) {
            take_command(gateway, request, respond);
        }
    );
}

std::string encode_words(const std::vector<std::string>& words) {
    std::string body;
    for (const std::string& word : words) body += percent_encode(word) + "\n";
    return body;
}

Result<std::vector<std::string>> decode_words(std::string_view body) {
    std::vector<std::string> words;
    while (!body.empty()) {
        const std::size_t end = body.find('\n');
        if (end == std::string_view::npos) return Error("the last line is cut off");
        auto word = percent_decode(body.substr(0, end));
        if (!word) return word.error();
        words.push_back(*std::move(word));
        body.remove_prefix(end + 1);
    }
    return words;
}

}  // namespace sallyport::app
