// SPDX-License-Identifier: Apache-2.0
#include "transports/sms/setup.hpp"

#include "transports/sms/line.hpp"
#include "transports/sms/provider.hpp"

namespace sallyport::sms {
namespace {

std::string numbers_text(const config::ProviderConfig& entry) {
    std::string text;
    for (const auto& number : entry.numbers) text += (text.empty() ? "" : ", ") + number;
    return text.empty() ? "no numbers" : text;
}

}  // namespace

std::vector<std::string> setup_lines(
    const config::SmsConfig& config, std::string_view public_url, std::string_view domain
) {
    Directory directory;
    directory.load(config, domain);
    std::vector<std::string> lines;
    for (const auto& entry : config.providers) {
        const auto line = directory.find_entry(entry.name);
        if (!line) continue;
        lines.push_back(
            entry.name + " (" + entry.type + "; " + numbers_text(entry) +
            "): set the webhook for incoming messages to " + std::string(public_url) +
            line->hook_path + "/inbound" + line->provider->callback_fragment()
        );
        const auto& signature = entry.description->hooks.signature;
        const auto option = signature.options.find("query");
        if (signature.scheme == "shared-secret" && option != signature.options.end())
            lines.push_back(
                entry.name + ": with " + option->second +
                "=SECRET in its query, SECRET being the credential that signs webhooks"
            );
    }
    return lines;
}

}  // namespace sallyport::sms
