/*
 * A meter of somebody else's: libmodbus answers over TCP or on a serial port.
 *   libmodbus-meter tcp|PORT-PATH UNIT holding|input ADDRESS WORD ...   (0-based)
 * Over TCP it listens on a free port and prints its number.
 */
#include <arpa/inet.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void answer(modbus_t *bus, modbus_mapping_t *map) {
  uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
  for (;;) {
    int length = modbus_receive(bus, query);
    if (length < 0) return;
    if (length > 0) modbus_reply(bus, query, length, map);
  }
}

int main(int argc, char **argv) {
  if (argc < 6) return 2;
  int is_tcp = strcmp(argv[1], "tcp") == 0;
  int is_input = strcmp(argv[3], "input") == 0;
  int start = atoi(argv[4]), count = argc - 5;
  modbus_mapping_t *map =
      is_input ? modbus_mapping_new_start_address(0, 0, 0, 0, 0, 0, start, count)
               : modbus_mapping_new_start_address(0, 0, 0, 0, start, count, 0, 0);
  for (int n = 0; n < count; n++)
    (is_input ? map->tab_input_registers : map->tab_registers)[n] = (uint16_t)atoi(argv[5 + n]);
  modbus_t *bus = is_tcp ? modbus_new_tcp("127.0.0.1", 0) : modbus_new_rtu(argv[1], 19200, 'N', 8, 1);
  modbus_set_slave(bus, atoi(argv[2]));
  if (!is_tcp) {
    if (modbus_connect(bus) != 0) return 1;
    puts("ready");
    fflush(stdout);
    for (;;) answer(bus, map);
  }
  int listener = modbus_tcp_listen(bus, 1);
  struct sockaddr_in at;
  socklen_t size = sizeof at;
  if (listener < 0 || getsockname(listener, (struct sockaddr *)&at, &size) != 0) return 1;
  printf("%d\n", ntohs(at.sin_port));
  fflush(stdout);
  while (modbus_tcp_accept(bus, &listener) >= 0) {
    answer(bus, map);
    close(modbus_get_socket(bus));
  }
  return 0;
}
