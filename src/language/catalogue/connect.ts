import { bothLanguages } from './both-languages.ts';

// Cloud Connect's screens and servers.
export const connectMessages = bothLanguages(
  {
    'connect.nav.home': 'Home',
    'connect.sync': 'Sync Status',
    'connect.sync.recent': 'Sync Recent Appointments',
    'connect.sync.full': 'Sync Full Schedule',
    'connect.sync.more': 'More ways to sync',
    'connect.settings': 'Edit Settings',
    'connect.settings.providers': 'Sync Appointments for Provider(s)',
    'connect.settings.days': 'Schedule Days to Sync',
  },
  {
    'connect.nav.home': 'Accueil',
    'connect.sync': 'État de la synchronisation',
    'connect.sync.recent': 'Synchroniser les rendez-vous récents',
    'connect.sync.full': 'Synchroniser l’agenda complet',
    'connect.sync.more': 'Autres façons de synchroniser',
    'connect.settings': 'Modifier les paramètres',
    'connect.settings.providers': 'Synchroniser les rendez-vous des cliniciens',
    'connect.settings.days': 'Nombre de jours d’agenda à synchroniser',
  },
);
