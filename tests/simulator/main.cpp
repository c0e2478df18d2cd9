// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <iostream>

#include <boost/asio/signal_set.hpp>
#include <sysexits.h>

#include "tests/simulator/phone.hpp"
#include "tests/simulator/server.hpp"

namespace {

using namespace simulator;
namespace asio = boost::asio;

struct Options {
    std::string listen = "127.0.0.1:0";
    std::string log{};
    bool is_headless = false;
    bool is_help = false;
};

constexpr std::string_view usage =
    "Usage: sallyport-simulator [--listen HOST:PORT] [--provider twilio|telnyx|kannel] [--webhook "
    "URL]\n"
    "    [--number NUMBER]... [--phone NUMBER] [--account-sid SID] [--auth-token TOKEN] [--api-key "
    "KEY]\n"
    "    [--telnyx-seed BASE64] [--username NAME] [--password PASSWORD] [--retries N] "
    "[--retry-delay MS]\n"
    "    [--report-delay MS] [--log FILE] [--headless]\n"
    "An SMS provider and a phone in one program, for tests and demonstrations.";

/// Option name -> what its value sets; throws std::exception for a value that cannot be read.
std::map<std::string, std::function<void(const std::string&)>> setters(
    Options& options, Config& config
) {
    auto text = [](std::string& to) { return [&to](const std::string& value) { to = value; }; };
    return {
        {"--listen", text(options.listen)},
        {"--log", text(options.log)},
        {"--provider", text(config.provider)},
        {"--webhook", text(config.webhook)},
        {"--phone", text(config.phone)},
        {"--account-sid", text(config.account_sid)},
        {"--auth-token", text(config.auth_token)},
        {"--api-key", text(config.api_key)},
        {"--username", text(config.username)},
        {"--password", text(config.password)},
        {"--number", [&](const std::string& value) { config.numbers.push_back(value); }},
        {"--telnyx-seed",
         [&](const std::string& value) { config.telnyx_seed = base64_decode(value); }},
        {"--retries", [&](const std::string& value) { config.retries = std::stoi(value); }},
        {"--retry-delay",
         [&](const std::string& value) { config.retry_delay = Milliseconds(std::stoi(value)); }},
        {"--report-delay",
         [&](const std::string& value) { config.report_delay = Milliseconds(std::stoi(value)); }},
    };
}

void parse(std::vector<std::string> words, Options& options, Config& config) {
    auto table = setters(options, config);
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::size_t equals = words[i].find('=');
        std::string name = words[i].substr(0, equals);
        options.is_headless = options.is_headless || name == "--headless";
        options.is_help = options.is_help || name == "--help";
        if (name == "--headless" || name == "--help") continue;
        auto setter = table.find(name);
        if (setter == table.end()) throw std::runtime_error("unknown option " + name);
        bool is_joined = equals != std::string::npos;
        if (!is_joined && i + 1 == words.size()) throw std::runtime_error(name + " wants a value");
        setter->second(is_joined ? words[i].substr(equals + 1) : words[++i]);
    }
    if (config.numbers.empty()) config.numbers.emplace_back("+15550001111");
    if (config.telnyx_seed.empty()) config.telnyx_seed = random_bytes(32);
    if (config.telnyx_seed.size() != 32)
        throw std::runtime_error("--telnyx-seed wants 32 bytes in base64");
}

int run(World& world, const Options& options) {
    Carrier carrier(world);
    Control control(world, carrier);
    Page page(world, carrier);
    Server server(world, carrier, control, page);
    Phone phone(world, carrier);
    if (!carrier.provider(world.config.provider))
        throw std::runtime_error("unknown provider " + world.config.provider);
    if (!options.log.empty() && !world.open_log(options.log)) {
        std::cerr << "sallyport-simulator: cannot write " << options.log << "\n";
        return EX_CANTCREAT;
    }
    try {
        world.config.url = "http://" + server.listen(options.listen);
    } catch (const std::exception& fault) {
        std::cerr << "sallyport-simulator: cannot listen on " << options.listen << ": "
                  << fault.what() << "\n";
        return EX_UNAVAILABLE;
    }
    std::cout << "listening " << world.config.url << "\nphone page " << world.config.url
              << "/\ntelnyx public key " << public_key_of(world.config.telnyx_seed) << "\n"
              << std::flush;
    asio::signal_set signals(world.io(), SIGINT, SIGTERM);
    signals.async_wait([&world](auto, int) { world.io().stop(); });
    if (!options.is_headless) {
        world.on_event = [&phone](const json::object& event) { phone.draw(event); };
        phone.start([&world] { world.io().stop(); });
    }
    world.io().run();
    return EX_OK;
}

}  // namespace

int main(int argc, char** argv) {
    asio::io_context io(1);
    World world(io);
    Options options;
    try {
        parse(std::vector<std::string>(argv + 1, argv + argc), options, world.config);
        if (options.is_help) {
            std::cout << usage << "\n";
            return EX_OK;
        }
        int code = run(world, options);
        // The phone's thread may still wait for the terminal: end without destroying what it uses.
        std::cout.flush();
        std::_Exit(code);
    } catch (const std::exception& fault) {
        std::cerr << "sallyport-simulator: " << fault.what() << "\n" << usage << "\n";
        return EX_USAGE;
    }
}
