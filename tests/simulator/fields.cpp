// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/fields.hpp"

namespace simulator {

std::string to_text(const json::value& value) {
    if (value.is_string()) return std::string(value.as_string());
    if (value.is_int64()) return std::to_string(value.as_int64());
    throw std::runtime_error("a text is wanted");
}

int to_int(const json::value& value) {
    return value.to_number<int>();
}

bool to_bool(const json::value& value) {
    return value.as_bool();
}

Milliseconds to_ms(const json::value& value) {
    return Milliseconds(to_int(value));
}

Signing to_signing(const json::value& value) {
    static const std::map<std::string, Signing> words{
        {"good", Signing::good},
        {"bad", Signing::bad},
        {"none", Signing::none},
        {"old", Signing::old},
    };
    auto at = words.find(to_text(value));
    if (at == words.end()) throw std::runtime_error("good, bad, none or old is wanted");
    return at->second;
}

std::vector<std::string> to_texts(const json::value& value) {
    std::vector<std::string> texts;
    for (const json::value& item : value.as_array()) texts.push_back(to_text(item));
    return texts;
}

void apply(const json::object& object, const Setters& setters) {
    for (const auto& [key, value] : object) {
        auto setter = setters.find(std::string(key));
        if (setter == setters.end()) throw std::runtime_error("unknown key: " + std::string(key));
        try {
            setter->second(value);
        } catch (const std::exception& fault) {
            throw std::runtime_error(std::string(key) + ": " + fault.what());
        }
    }
}

}  // namespace simulator
