/*
 * The control in C: reads registers with libmodbus and prints what it cost.
 *   libmodbus tcp PORT COUNT REGISTERS
 *   libmodbus rtu PATH BAUD COUNT REGISTERS
 */
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double wall_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static double cpu_us(void) {
  struct rusage use;
  getrusage(RUSAGE_SELF, &use);
  return (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e6 + use.ru_utime.tv_usec + use.ru_stime.tv_usec;
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  int is_tcp = strcmp(argv[1], "tcp") == 0;
  modbus_t *bus = is_tcp ? modbus_new_tcp("127.0.0.1", atoi(argv[2])) : modbus_new_rtu(argv[2], atoi(argv[3]), 'E', 8, 1);
  int count = atoi(argv[is_tcp ? 3 : 4]);
  int registers = atoi(argv[is_tcp ? 4 : 5]);
  uint16_t words[125];
  modbus_set_slave(bus, 1);
  if (modbus_connect(bus) != 0) return 1;
  modbus_set_response_timeout(bus, 1, 0);
  for (int warm = 0; warm < count / 10 + 1; warm++) modbus_read_registers(bus, 0, registers, words);
  double wall = wall_ms(), cpu = cpu_us();
  int good = 0;
  for (int n = 0; n < count; n++) good += modbus_read_registers(bus, 0, registers, words) == registers;
  printf("{\"good\":%d,\"wallMs\":%.3f,\"cpuUs\":%.1f}\n", good, wall_ms() - wall, cpu_us() - cpu);
  modbus_close(bus);
  modbus_free(bus);
  return 0;
}
