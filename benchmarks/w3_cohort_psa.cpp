// W3: a cohort in many draws of its parameters. 6 states, 120 monthly cycles, 3 strategies; costs,
// QALYs, and the mean and 95 % interval of every state in every cycle. Called by w3_cohort_psa.py:
//
//   w3_cohort_psa DRAWS.bin draws repetitions threads baseline|avx2|avx512
//
// The file holds doubles, draws x 3 x (36 probabilities + 6 costs + 6 utilities). One line of JSON
// with the median of CPU and wall seconds, and the results that the other systems are held to.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include <kohort/economics/probabilistic_cohort.hpp>

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const std::size_t draws = std::strtoul(argv[2], nullptr, 10);
  const int repetitions = std::atoi(argv[3]);
  const std::string isa = argv[5];
  std::vector<double> raw(draws * 3 * 48);
  std::ifstream(argv[1], std::ios::binary)
      .read(reinterpret_cast<char*>(raw.data()),
            static_cast<std::streamsize>(raw.size() * sizeof(double)));
  std::vector<double> P, costs, utilities;
  for (std::size_t cell = 0; cell < draws * 3; ++cell) {
    const auto from = raw.begin() + static_cast<std::ptrdiff_t>(cell * 48);
    P.insert(P.end(), from, from + 36);
    costs.insert(costs.end(), from + 36, from + 42);
    utilities.insert(utilities.end(), from + 42, from + 48);
  }
  Eigen::VectorXd start(6);
  start << 0, 53, 17, 24, 7, 0;
  start /= 101;
  const kohort::probabilistic_cohort_inputs inputs{
      static_cast<int>(draws), 3, 6, 120, P, start, costs, utilities, {}};
  const double rate = std::expm1(0.03);
  const kohort::probabilistic_cohort_options options{
      .accounting = {.convention = kohort::accounting::trapezoid,
                     .discount = rate,
                     .cycle_length = 1.0 / 12},
      .discount_effects = rate,
      .threads = std::atoi(argv[4]),
      .with = isa == "avx512" ? kohort::instruction_set::avx512
              : isa == "avx2" ? kohort::instruction_set::avx2
                              : kohort::instruction_set::baseline};
  if (options.with > kohort::best_instruction_set()) return 3;
  std::vector<double> cpu, wall;
  kohort::probabilistic_cohort_results out;
  for (int r = 0; r < repetitions; ++r) {
    const auto began = std::clock();
    const auto at = std::chrono::steady_clock::now();
    out = kohort::probabilistic_cohort(inputs, options);
    cpu.push_back(static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC);
    wall.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - at).count());
  }
  std::sort(cpu.begin(), cpu.end());
  std::sort(wall.begin(), wall.end());
  double mean[3] = {0, 0, 0}, qaly[3] = {0, 0, 0}, low = 0, high = 0;
  for (std::size_t i = 0; i < out.costs.size(); ++i) {
    mean[i % 3] += out.costs[i] / static_cast<double>(draws);
    qaly[i % 3] += out.effects[i] / static_cast<double>(draws);
  }
  for (const double value : out.low) low += value;
  for (const double value : out.high) high += value;
  std::printf(
      "{\"cpu\": %.6f, \"wall\": %.6f, \"cost\": [%.10f, %.10f, %.10f], "
      "\"qaly\": [%.12f, %.12f, %.12f], \"low\": %.12f, \"high\": %.12f}\n",
      cpu[cpu.size() / 2], wall[wall.size() / 2], mean[0], mean[1], mean[2], qaly[0], qaly[1],
      qaly[2], low, high);
}
